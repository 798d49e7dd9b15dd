-- wrk: the same GET again and again; without a function `response`, so that the client costs as
-- little as it can. What is answered with 400 or more is counted by wrk itself.

local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local print_result = dofile(here .. "summary.lua")

function done(summary, latency)
    print_result({}, summary, latency)
end
