extension LoadConfiguration {
    /// What stands against running this, a sentence each; empty when nothing does.
    ///
    /// The sentences begin with the name of the option that is wrong.
    package var problems: [String] {
        var problems: [String] = []
        func require<Value: Comparable>(
            _ name: String, _ value: Value, in range: ClosedRange<Value>
        ) {
            guard !range.contains(value) else { return }
            problems.append(
                "\(name) must be \(range.lowerBound) to \(range.upperBound), not \(value)")
        }
        if urls.isEmpty { problems.append("at least one url is needed") }
        for url in urls where Endpoint(url) == nil {
            problems.append("url must be http://HOST or http://HOST:PORT, not \(url)")
        }
        require("users", users, in: 1...LoadLimits.usersMax)
        switch pace {
        case .closed: break
        case .open(let rate): require("rate", rate, in: LoadLimits.rateMin...LoadLimits.rateMax)
        }
        if duration <= .zero || duration > LoadLimits.durationMax {
            problems.append("duration must be above 0 and at most \(LoadLimits.durationMax)")
        }
        if warmup < .zero || warmup > LoadLimits.warmupMax {
            problems.append("warmup must be 0 to \(LoadLimits.warmupMax)")
        }
        require("wait", waitSeconds, in: 1...DrillLimits.waitSecondsMax)
        require("events", events, in: 1...LoadLimits.eventsMax)
        require("zipf", zipf, in: 0...LoadLimits.zipfMax)
        require("reads", reads, in: 0...1)
        require("buyers", buyers, in: 1...LoadLimits.buyersMax)
        require("capacity", capacity, in: 1...LoadLimits.capacityMax)
        if patience <= .zero || patience > DrillLimits.patienceMax {
            problems.append("patience must be above 0 and at most \(DrillLimits.patienceMax)")
        }
        return problems
    }
}
