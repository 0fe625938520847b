;;; Files that Emacs reads and writes with the program age: the command lines of the package age.el, which starts it
;;; without a terminal, with an output file that exists, and finds errors in its standard error.

(defun run-age (output &rest arguments)
  "Run age with OUTPUT and ARGUMENTS. Return its exit code and the error that it wrote."
  (let* ((errors (generate-new-buffer "errors"))
         (stderr (make-pipe-process :name "errors" :buffer errors :sentinel #'ignore :noquery t))
         (process (with-file-modes #o700
                    (make-process :name "age" :buffer nil :connection-type 'pipe :coding 'raw-text :noquery t
                                  :command `("age" "--output" ,output ,@arguments) :stderr stderr))))
    (while (eq (process-status process) 'run)
      (accept-process-output process 1))
    (while (accept-process-output stderr 0.1))
    (with-current-buffer errors
      (goto-char (point-min))
      (list (process-exit-status process)
            (and (re-search-forward "\\(?:age: error:\\|Error:\\) \\(.*\\)" nil t) t)))))

(defun contents (file)
  "Return the contents of FILE."
  (with-temp-buffer
    (insert-file-contents-literally file)
    (buffer-string)))

(defun decrypted (file)
  "Return the plaintext of FILE."
  (let ((output (make-temp-file "age-output")))
    (unwind-protect
        (let ((result (run-age output "--decrypt" "-i" (getenv "IDENTITY") "--" file)))
          (if (equal result '(0 nil)) (contents output) result))
      (delete-file output))))

(defun encrypt (text file &rest arguments)
  "Encrypt TEXT to FILE with ARGUMENTS."
  (let ((input (make-temp-file "age-input")))
    (write-region text nil input nil 'quiet)
    (unwind-protect
        (apply #'run-age file `(,@arguments "--" ,input))
      (delete-file input))))

(let ((recipient (getenv "RECIPIENT")))
  (write-region (concat recipient "\n") nil "recipients" nil 'quiet)
  (write-region "" nil "notes.age" nil 'quiet)
  (message "%S" (encrypt "* Notes\n" "notes.age" "--encrypt" "-R" (expand-file-name "recipients")))
  (message "%S" (decrypted "notes.age"))
  (message "%S" (encrypt "* Notes\n** More\n" "notes.age" "--armor" "--encrypt" "-r" recipient))
  (message "%S" (substring (contents "notes.age") 0 34))
  (message "%S" (decrypted "notes.age"))
  (write-region "no age file" nil "broken.age" nil 'quiet)
  (message "%S" (decrypted "broken.age"))
  (message "%S" (encrypt "text" "other.age" "--encrypt" "-r" "age1nobody"))
  (message "%S" (file-exists-p "other.age")))
