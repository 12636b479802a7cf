-- Asks the addresses of a file in turn, each thread from its own place; prints one line of JSON at the end.
local threads = {}

function setup(thread)
  thread:set("place", #threads)
  table.insert(threads, thread)
end

function init(arguments)
  addresses = {}
  for line in io.lines(arguments[1]) do addresses[#addresses + 1] = line end
  local share = tonumber(arguments[3])
  at = math.floor(place * #addresses / share)
  headers = {["Accept"] = arguments[2], ["Host"] = "localhost"}
end

function request()
  at = at % #addresses + 1
  return wrk.format("GET", addresses[at], headers)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %.6f, "p50": %.3f, "p99": %.3f, "wrong": %d, "broken": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
