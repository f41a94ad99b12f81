-- wrk's requests: WHAT in the environment names the endpoint; each thread
-- walks over all users, so that no two requests under way are one user's.
local what = os.getenv("WHAT")
local tokens, count = {}, 0
local refresh = {} -- each good for once, so of one thread only
local json = { ["Content-Type"] = "application/json" }

local requests = {
  chat = function(token)
    return wrk.format("POST", "/chat/", { ["Content-Type"] =
      "application/json", ["Authorization"] = "Bearer " .. token },
      '{"model":"gpt","prompt":"How are you today, dear model?",' ..
      '"conversation_number":1}')
  end,
  history = function(token)
    return wrk.format("GET", "/chat/history?conversation_number=2",
      { ["Authorization"] = "Bearer " .. token })
  end,
  login = function(_, user)
    return wrk.format("POST", "/auth/login", json,
      '{"username":"bench' .. user .. '","password":"correct horse"}')
  end,
  list = function(token)
    return wrk.format("GET", "/chat/conversations",
      { ["Authorization"] = "Bearer " .. token })
  end,
  search = function(token)
    return wrk.format("GET", "/v1/conversations?q=question",
      { ["Authorization"] = "Bearer " .. token })
  end,
  refresh = function()
    return wrk.format("POST", "/auth/refresh",
      { ["Authorization"] = "Bearer " .. table.remove(refresh, 1) })
  end,
  health = function() return wrk.format("GET", "/healthz") end,
}

local threads = 0 -- each thread has a global thread_id, set from here
function setup(thread)
  thread:set("thread_id", threads)
  threads = threads + 1
end

function init()
  for line in io.lines(os.getenv("TOKENS")) do
    tokens[#tokens + 1] = line
  end
  if what ~= "refresh" then return end
  for line in io.lines(os.getenv("REFRESH")) do
    refresh[#refresh + 1] = line
  end
  response = function(status, headers, body)
    refresh[#refresh + 1] = body:match('"refresh_token":"([^"]*)"')
  end
end

function request()
  count = count + 1
  local user = (count * 2 + thread_id) % #tokens + 1
  return requests[what](tokens[user], user)
end
