-- For Neovim 0.11 and newer: `vim.lsp.enable("toctou_lint")`.
return {
  cmd = { "toctou-lint", "lsp" },
  filetypes = { "rust", "typescript", "typescriptreact", "javascript", "javascriptreact" },
  root_markers = { "toctou-lint.toml", ".toctou-lint.toml", ".toctou", ".git" },
  init_options = { pedantic = false },
}
