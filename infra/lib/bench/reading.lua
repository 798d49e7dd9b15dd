-- wrk: the same GET again and again; or, with a file of events, GETs of them by Zipf's law: the first
-- twice as often as the second, three times as often as the third, and so on. Without a function
-- `response`, so that the client costs as little as it can. What is answered with 400 or more is
-- counted by wrk itself.
--
--   wrk … --script reading.lua URL [-- EVENTS]
--
-- EVENTS: a file of lines, each an event's id.

local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local print_result = dofile(here .. "summary.lua")

-- The requests, and for each how often it or one before it is made; in sum.
local requests, cumulated, sum = {}, {}, 0

local function next_by_zipf()
    local wanted, low, high = math.random() * sum, 1, #requests
    while low < high do
        local middle = math.floor((low + high) / 2)
        if cumulated[middle] < wanted then low = middle + 1 else high = middle end
    end
    return requests[low]
end

function init(args)
    if not args[1] then return end
    for event in io.lines(args[1]) do
        requests[#requests + 1] = "GET /v1/events/" .. event .. " HTTP/1.1\r\nHost: " ..
            wrk.host .. ":" .. wrk.port .. "\r\n\r\n"
        sum = sum + 1 / #requests
        cumulated[#requests] = sum
    end
    request = next_by_zipf
end

function done(summary, latency)
    print_result({}, summary, latency)
end
