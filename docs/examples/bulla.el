;;; bulla.el --- Open and write *.age through bulla  -*- lexical-binding: t; -*-

;; The text goes through pipes: no backup, auto-save, lock or temporary file has it.
;; In your init file: (load "/path/to/bulla.el")
;;
;; A file is written for the readers in `bulla-readers', not for those that it had.
;; To keep the readers of a file, whoever they are, use: bulla edit FILE

(defvar bulla-program "bulla"
  "The program.")

(defvar bulla-readers '("--to" "me")
  "The options that say who can open the files that Emacs writes.")

(defun bulla--keep-private ()
  "Keep copies of this buffer off the disk."
  (setq-local backup-inhibited t)
  (setq-local create-lockfiles nil)
  (setq buffer-auto-save-file-name nil)
  (auto-save-mode -1))

(defun bulla--open ()
  "Show the text of an encrypted file."
  (when (and buffer-file-name (string-suffix-p ".age" buffer-file-name))
    (bulla--keep-private)
    (when (file-exists-p buffer-file-name)
      (let ((inhibit-read-only t)
            (coding-system-for-read 'utf-8-unix))
        (buffer-disable-undo)
        (erase-buffer)
        (unless (eq 0 (call-process bulla-program nil '(t nil) nil "decrypt" "--quiet"
                                    "--no-unpack" "-o" "-" buffer-file-name))
          (erase-buffer)
          (set-buffer-modified-p nil)
          (setq buffer-read-only t)
          (error "bulla cannot decrypt %s" buffer-file-name))
        (buffer-enable-undo)))
    (setq buffer-file-coding-system 'utf-8-unix)
    (goto-char (point-min))
    (set-buffer-modified-p nil)
    (let ((buffer-file-name (file-name-sans-extension buffer-file-name)))
      (set-auto-mode))
    (bulla--keep-private)
    (add-hook 'write-file-functions #'bulla--write nil t)))

(defun bulla--write ()
  "Encrypt this buffer into its file."
  ;; `call-process-region' would write the text to a temporary file.
  (let* ((messages (generate-new-buffer " *bulla*"))
         (process (make-process :name "bulla" :buffer messages :noquery t :sentinel #'ignore
                                :connection-type 'pipe :coding 'utf-8-unix
                                :command `(,bulla-program "encrypt" "--quiet" "--force" "-o"
                                           ,buffer-file-name ,@bulla-readers))))
    (save-restriction
      (widen)
      (process-send-region process (point-min) (point-max)))
    (process-send-eof process)
    (while (process-live-p process)
      (accept-process-output process 0.1))
    (let ((said (with-current-buffer messages (buffer-string))))
      (kill-buffer messages)
      (unless (eq 0 (process-exit-status process))
        (error "bulla did not write %s: %s" buffer-file-name said))))
  (set-buffer-modified-p nil)
  (set-visited-file-modtime)
  t)

(add-hook 'find-file-hook #'bulla--open)

;;; bulla.el ends here
