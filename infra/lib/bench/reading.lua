-- wrk: the same GET again and again; or, with a file of events, GETs of them by Zipf's law: the first
-- twice as often as the second, three times as often as the third, and so on. Buyers take turns, since
-- each has limits. Without a function `response`, so that the client costs as little as it can. What is
-- answered with 400 or more is counted by wrk itself.
--
--   wrk … --script reading.lua URL -- BUYERS [EVENTS]
--
-- BUYERS: a file of tokens, one a line; EVENTS: a file of lines, each an event's id.

local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local print_result = dofile(here .. "summary.lua")

-- Requests up to their last header, and for each how often it or one before it is made; in sum.
local heads, cumulated, sum = {}, {}, 0
-- What follows: a buyer's token and the end.
local ends, sent = {}, 0

local function next_head()
    if #heads == 1 then return heads[1] end
    local wanted, low, high = math.random() * sum, 1, #heads
    while low < high do
        local middle = math.floor((low + high) / 2)
        if cumulated[middle] < wanted then low = middle + 1 else high = middle end
    end
    return heads[low]
end

local function add(path)
    local head = "GET " .. path .. " HTTP/1.1\r\nHost: " .. wrk.host .. ":" .. wrk.port .. "\r\n"
    for name, value in pairs(wrk.headers) do
        if name ~= "Host" then head = head .. name .. ": " .. value .. "\r\n" end
    end
    heads[#heads + 1] = head
    sum = sum + 1 / #heads
    cumulated[#heads] = sum
end

function init(args)
    for token in io.lines(args[1]) do
        ends[#ends + 1] = "Authorization: Bearer " .. token .. "\r\n\r\n"
    end
    if not args[2] then return add(wrk.path) end
    for event in io.lines(args[2]) do add("/v1/events/" .. event) end
end

-- Strings joined by hand: wrk.format would take longer than all the rest of the client.
function request()
    sent = sent % #ends + 1
    return next_head() .. ends[sent]
end

function done(summary, latency)
    print_result({}, summary, latency)
end
