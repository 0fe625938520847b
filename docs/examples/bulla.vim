" Opens and writes *.age through bulla. The text goes through pipes: no swap, undo, backup, viminfo
" or temporary file has it. Copy this file to ~/.vim/plugin.
"
" A file is written for the readers in g:bulla_readers, not for those that it had:
"   let g:bulla_readers = '--to me --to bob'
" To keep the readers of a file, whoever they are, use: bulla edit FILE

if exists('g:loaded_bulla')
  finish
endif
let g:loaded_bulla = 1

if !exists('g:bulla_readers')
  let g:bulla_readers = '--to me'
endif

function! s:KeepPrivate() abort
  setlocal noswapfile noundofile
  set noshelltemp nobackup nowritebackup viminfo=
endfunction

function! s:Read(file) abort
  call s:KeepPrivate()
  if filereadable(a:file)
    " Its messages would end up in the text.
    silent execute '0read !bulla decrypt --quiet --no-unpack -o - ' . shellescape(a:file, 1) . ' 2>/dev/null'
    if v:shell_error
      setlocal nomodified readonly nomodifiable
      echoerr 'bulla cannot decrypt ' . a:file . '; to see why: bulla verify ' . shellescape(a:file)
      return
    endif
    silent $delete _
    call cursor(1, 1)
  endif
  setlocal nomodified
  execute 'doautocmd <nomodeline> BufReadPost' fnameescape(fnamemodify(a:file, ':r'))
endfunction

function! s:Write(file) abort
  call s:KeepPrivate()
  silent execute '%write !bulla encrypt --quiet --force -o ' . shellescape(a:file, 1) . ' ' . g:bulla_readers
  if v:shell_error
    echoerr 'bulla did not write ' . a:file
    return
  endif
  setlocal nomodified
endfunction

augroup bulla
  autocmd!
  autocmd BufReadCmd *.age call s:Read(expand('<afile>:p'))
  autocmd BufWriteCmd *.age call s:Write(expand('<afile>:p'))
augroup END
