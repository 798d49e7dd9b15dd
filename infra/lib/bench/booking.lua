-- wrk: books one place after the other, each under an Idempotency-Key of its own, and waits for the
-- outcome. Events take turns, and so do buyers.
--
--   wrk … --script booking.lua URL -- EVENTS BUYERS RUN
--
-- EVENTS: a file of lines "event ticket-type …"; BUYERS: a file of tokens, one a line;
-- RUN: a word that no other run has used.

local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local print_result = dofile(here .. "summary.lua")
local threads = {}

function setup(thread)
    threads[#threads + 1] = thread
    thread:set("number", #threads)
end

local heads, bodies, buyers = {}, {}, {}

local function read_events(path)
    for line in io.lines(path) do
        local event, ticket_type = line:match("^(%S+)%s+(%S+)")
        local body = '{"items":[{"ticketTypeId":"' .. ticket_type .. '","quantity":1}]}'
        heads[#heads + 1] = "POST /v1/events/" .. event .. "/bookings HTTP/1.1\r\nHost: " ..
            wrk.host .. ":" .. wrk.port .. "\r\nContent-Type: application/json\r\n" ..
            "Prefer: wait=30\r\nContent-Length: " .. #body .. "\r\n"
        bodies[#bodies + 1] = "\r\n\r\n" .. body
    end
end

local function read_buyers(path, run)
    for token in io.lines(path) do
        buyers[#buyers + 1] = "Authorization: Bearer " .. token .. "\r\nIdempotency-Key: " ..
            run .. "-" .. number .. "-"
    end
end

-- Seen by summary.lua: what this thread sent, and what came back.
sent, statuses = 0, ""
local status_names = {}

function init(args)
    read_events(args[1])
    read_buyers(args[2], args[3])
end

-- Strings joined by hand: wrk.format would take longer than all the rest of the client.
function request()
    local event = sent % #heads
    -- An event's next turn goes to its next buyer.
    local buyer = (sent + math.floor(sent / #heads)) % #buyers
    sent = sent + 1
    return heads[event + 1] .. buyers[buyer + 1] .. sent .. bodies[event + 1]
end

function response(status)
    local name = status_names[status]
    if not name then
        name = "status_" .. status
        status_names[status] = name
        statuses = statuses .. status .. " "
    end
    _G[name] = (_G[name] or 0) + 1
end

function done(summary, latency)
    print_result(threads, summary, latency)
end
