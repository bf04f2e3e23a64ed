;;; Emacs and Eglot as a user drives them. LINT and WORKSPACE are in the environment. -*- lexical-binding: t -*-
(package-initialize)
(setq make-backup-files nil create-lockfiles nil eglot-sync-connect 15 eglot-events-buffer-size 0
      eglot-confirm-server-initiated-edits nil)
(add-to-list 'load-path (expand-file-name "../emacs" (file-name-directory load-file-name)))
(require 'toctou-lint)

(defun check (name is-right what)
  (unless is-right
    (message "failed: %s: %S" name what)
    (kill-emacs 1))
  (message "ok: %s" name))

(defun wait-for (condition)
  "Wait up to 15 s for CONDITION and give its value."
  (let ((end (+ (float-time) 15)) value)
    (while (and (not (setq value (funcall condition))) (< (float-time) end))
      ;; What the idle timer sends; in batch Emacs is never idle.
      (when (eglot-managed-p) (eglot--signal-textDocument/didChange))
      (accept-process-output nil 0.05)
      (flymake-start))
    value))

;; Emacs 28 has no modes for Rust and TypeScript of its own; what Eglot needs of one is its name.
(define-derived-mode rust-mode prog-mode "Rust")
(define-derived-mode typescript-mode prog-mode "TypeScript")
(add-to-list 'auto-mode-alist '("\\.rs\\'" . rust-mode))
(add-to-list 'auto-mode-alist '("\\.ts\\'" . typescript-mode))
(setq toctou-lint-program (getenv "LINT"))
(toctou-lint-eglot-setup '(rust-mode typescript-mode))
(setq project-find-functions
      (list (lambda (_folder) (cons 'transient (file-name-as-directory (getenv "WORKSPACE"))))))

(defun drive (path act atomic)
  (find-file (expand-file-name path (getenv "WORKSPACE")))
  ;; What `eglot-ensure' does once a command has ended, which in batch none does.
  (unless (eglot-current-server) (call-interactively #'eglot))
  (unless (eglot-managed-p) (eglot--maybe-activate-editing-mode))
  (wait-for #'flymake-diagnostics)
  (let ((found (flymake-diagnostics)))
    (check (concat path ": one race") (= 1 (length found)) found)
    (check (concat path ": says what it relies on")
           (string-match-p "relies on" (flymake-diagnostic-text (car found))) found)
    (goto-char (flymake-diagnostic-beg (car found)))
    (check (concat path ": at its act") (looking-at-p (regexp-quote act)) (buffer-string)))
  (let ((hover (jsonrpc-request (eglot-current-server) :textDocument/hover
                                (eglot--TextDocumentPositionParams))))
    (check (concat path ": hover shows the other run")
           (string-match-p "another" (plist-get (plist-get hover :contents) :value)) hover))
  ;; The menu of actions, and the choice that a user makes in it.
  (cl-letf* ((offered nil)
             (last-nonmenu-event ?a) ; the keyboard, not the mouse
             (choose (lambda (_prompt choices &rest _)
                       (setq offered (mapcar (lambda (one) (if (consp one) (car one) one)) choices))
                       (cl-find-if (lambda (title) (string-match-p "only if it is absent" title)) offered)))
             ((symbol-function 'completing-read) choose)
             ((symbol-function 'y-or-n-p) (lambda (&rest _) t)))
    (call-interactively #'eglot-code-actions)
    (check (concat path ": the atomic form is put in")
           (wait-for (lambda () (string-match-p (regexp-quote atomic) (buffer-string)))) offered))
  (check (concat path ": no race is left")
         (wait-for (lambda () (null (flymake-diagnostics)))) (flymake-diagnostics))
  (save-buffer)
  (with-temp-buffer
    (insert-file-contents (expand-file-name path (getenv "WORKSPACE")))
    (check (concat path ": saved") (string-match-p (regexp-quote atomic) (buffer-string)) (buffer-string))))

(condition-case trouble
    (progn
      (drive "src/lock.rs" "File::create(path)" "File::create_new(path)")
      (drive "src/avatars.ts" "writeFileSync(path, picture)" "writeFileSync(path, picture, { flag: \"wx\" })"))
  (error (check "no error" nil trouble)))
(kill-emacs 0)
