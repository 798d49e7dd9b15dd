-- What a run of wrk came to, as one line of JSON behind the word RESULT.

-- status_counts(THREADS): how often each status came, over all threads. wrk copies numbers and
-- strings out of a thread, so a thread keeps them in globals: `statuses` names those that came.
local function status_counts(threads)
    local counts = {}
    for _, thread in ipairs(threads) do
        for status in (thread:get("statuses") or ""):gmatch("%d+") do
            counts[status] = (counts[status] or 0) + thread:get("status_" .. status)
        end
    end
    local words = {}
    for status, count in pairs(counts) do
        words[#words + 1] = string.format('"%s":%d', status, count)
    end
    return table.concat(words, ",")
end

-- print_result(THREADS, SUMMARY, LATENCY): times in milliseconds.
return function(threads, summary, latency)
    local sent = 0
    for _, thread in ipairs(threads) do sent = sent + (thread:get("sent") or 0) end
    local errors = summary.errors
    io.write(string.format(
        'RESULT {"seconds":%.6f,"requests":%d,"sent":%d,"statuses":{%s},' ..
        '"refused":%d,"broken":%d,"late":%d,"p50":%.3f,"p99":%.3f}\n',
        summary.duration / 1e6, summary.requests, sent, status_counts(threads),
        errors.status, errors.connect + errors.read + errors.write, errors.timeout,
        latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
