-- For Neovim 0.7 to 0.10, which have no `vim.lsp.enable`.
local M = {}

local FILETYPES = { "rust", "typescript", "typescriptreact", "javascript", "javascriptreact" }
local MARKERS = { "toctou-lint.toml", ".toctou-lint.toml", ".toctou", ".git" }

-- The innermost folder around a file that holds one of the markers, else the file's own.
local function root_of(file)
  local folder = vim.fn.fnamemodify(file, ":p:h")
  local at = folder
  while true do
    for _, marker in ipairs(MARKERS) do
      if vim.loop.fs_stat(at .. "/" .. marker) then
        return at
      end
    end
    local parent = vim.fn.fnamemodify(at, ":h")
    if parent == at then
      return folder
    end
    at = parent
  end
end

-- Servers by root.
local clients = {}

local function attach(options, buffer)
  local file = vim.api.nvim_buf_get_name(buffer)
  if file == "" or vim.bo[buffer].buftype ~= "" then
    return
  end
  local root = root_of(file)
  local id = clients[root]
  if id == nil or vim.lsp.get_client_by_id(id) == nil then
    id = vim.lsp.start_client({
      name = "toctou_lint",
      cmd = options.cmd or { "toctou-lint", "lsp" },
      root_dir = root,
      workspace_folders = { { uri = vim.uri_from_fname(root), name = root } },
      init_options = options.init_options or {},
      on_attach = options.on_attach,
    })
    clients[root] = id
  end
  if id ~= nil then
    vim.lsp.buf_attach_client(buffer, id)
  end
end

-- Starts the server for each file of a language that it reads.
-- `cmd`, `init_options`, `on_attach`: as those of `vim.lsp.start_client`; all may be left out.
function M.setup(options)
  options = options or {}
  local group = vim.api.nvim_create_augroup("toctou_lint", { clear = true })
  vim.api.nvim_create_autocmd("FileType", {
    group = group,
    pattern = FILETYPES,
    callback = function(event)
      attach(options, event.buf)
    end,
  })
end

return M
