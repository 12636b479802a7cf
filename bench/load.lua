-- Asks the addresses of a file in turn, each thread from its own place; prints one line of JSON at the end.
-- A request is put together by hand, for wrk.format would cost the load generator more than some servers need to answer.
local threads = {}

function setup(thread)
  thread:set("place", #threads)
  table.insert(threads, thread)
end

function init(arguments)
  addresses = {}
  for line in io.lines(arguments[1]) do addresses[#addresses + 1] = line end
  at = math.floor(place * #addresses / tonumber(arguments[3]))
  before = "GET " .. (arguments[4] or "")
  after = " HTTP/1.1\r\nHost: localhost\r\nAccept: " .. arguments[2] .. "\r\n\r\n"
end

function request()
  at = at % #addresses + 1
  return before .. addresses[at] .. after
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %.6f, "bytes": %d, "p50": %.3f, "p99": %.3f, "wrong": %d, "broken": %d}\n',
    summary.requests, summary.duration / 1e6, summary.bytes, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
