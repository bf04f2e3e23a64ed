;;; toctou-lint.el --- Races of check and act, through Eglot -*- lexical-binding: t -*-

;; Package-Requires: ((emacs "28.1") (eglot "1.9"))
;; SPDX-License-Identifier: MIT OR Apache-2.0

;;; Commentary:

;; Tells Eglot to start `toctou-lint lsp' in the modes that you name:
;;
;;   (require 'toctou-lint)
;;   (toctou-lint-eglot-setup '(rust-ts-mode typescript-ts-mode))
;;
;; Eglot runs one server a buffer: name modes in which you want this one.

;;; Code:

(require 'eglot)

(defgroup toctou-lint nil
  "Races of check and act."
  :group 'tools)

(defcustom toctou-lint-program "toctou-lint"
  "The program."
  :type 'string)

(defcustom toctou-lint-pedantic nil
  "Whether notes are shown too."
  :type 'boolean)

(defun toctou-lint-contact (&optional _interactive)
  "What Eglot starts."
  (list toctou-lint-program "lsp"
        :initializationOptions
        (list :pedantic (if toctou-lint-pedantic t :json-false))))

(defun toctou-lint-eglot-setup (modes)
  "Let Eglot use toctou-lint in MODES, and start it there by itself."
  (add-to-list 'eglot-server-programs (cons modes #'toctou-lint-contact))
  (dolist (mode modes)
    (add-hook (intern (format "%s-hook" mode)) #'eglot-ensure)))

(provide 'toctou-lint)
;;; toctou-lint.el ends here
