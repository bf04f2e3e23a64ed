-- Neovim as a user drives it: a race is flagged, hover says how it goes, the action is taken and saved.
-- nvim --headless -u NONE --cmd "set rtp^=…/editors/neovim" -c "luafile neovim.lua"; LINT and WORKSPACE in the environment.
local function check(name, is_right, what)
  if not is_right then
    io.stdout:write("failed: " .. name .. ": " .. vim.inspect(what) .. "\n")
    vim.cmd("cquit 1")
  end
  io.stdout:write("ok: " .. name .. "\n")
end

local function wait_for(condition)
  return vim.wait(15000, condition, 20)
end

local function run()
  vim.o.swapfile = false
  vim.cmd("filetype on")
  require("toctou_lint").setup({ cmd = { vim.env.LINT, "lsp" } })

  -- What newer ones read can at least be read.
  local newer = dofile(vim.fn.globpath(vim.o.runtimepath, "lsp/toctou_lint.lua"))
  check("lsp/toctou_lint.lua", newer.cmd[2] == "lsp" and vim.tbl_contains(newer.filetypes, "rust"), newer)

  for _, case in ipairs({
    { "src/lock.rs", "File::create(path)", "File::create_new(path)" },
    { "src/avatars.ts", "writeFileSync(path, picture)", 'writeFileSync(path, picture, { flag: "wx" })' },
  }) do
    local path, act, atomic = case[1], case[2], case[3]
    vim.cmd("edit " .. vim.env.WORKSPACE .. "/" .. path)
    local buffer = vim.api.nvim_get_current_buf()
    local found = function()
      return vim.diagnostic.get(buffer)
    end
    wait_for(function()
      return #found() > 0
    end)
    check(path .. ": one race", #found() == 1 and found()[1].code == "fs-check-then-create", found())
    check(path .. ": at its act", found()[1].lnum == 9, found())

    -- A line above with letters beyond the basic plane moves it.
    vim.api.nvim_buf_set_lines(buffer, 0, 0, false, { "// 🦀 crabs" })
    check(path .. ": moves with the text", wait_for(function()
      return #found() == 1 and found()[1].lnum == 10
    end), found())

    vim.api.nvim_win_set_cursor(0, { 11, found()[1].col })
    vim.lsp.buf.hover()
    local float = function()
      for _, window in ipairs(vim.api.nvim_list_wins()) do
        if vim.api.nvim_win_get_config(window).relative ~= "" then
          return table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false), "\n")
        end
      end
    end
    wait_for(float)
    check(path .. ": hover shows the other run", (float() or ""):find("another", 1, true) ~= nil, float())
    vim.cmd("doautocmd CursorMoved")

    local offered
    vim.ui.select = function(items, _, choose)
      offered = items
      for _, item in ipairs(items) do
        local action = item[2] or item.action
        if action.title:find("create the file only if it is absent", 1, true) then
          return choose(item)
        end
      end
      choose(nil)
    end
    vim.lsp.buf.code_action()
    local text = function()
      return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), "\n")
    end
    check(path .. ": the atomic form is put in", wait_for(function()
      return text():find(atomic, 1, true) ~= nil
    end), { offered, text() })
    check(path .. ": no race is left", wait_for(function()
      return #found() == 0
    end), found())
    vim.cmd("write")
    local saved = table.concat(vim.fn.readfile(vim.env.WORKSPACE .. "/" .. path), "\n")
    check(path .. ": saved", saved:find(atomic, 1, true) and not saved:find(act .. ")", 1, true), saved)
  end
end

local fine, trouble = xpcall(run, debug.traceback)
check("no error", fine, trouble)
vim.cmd("qall!")
