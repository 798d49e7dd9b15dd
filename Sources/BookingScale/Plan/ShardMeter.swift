import BookingDomain

/// What is known of the work on one shard: how much waits, how long it has, and how fast it comes.
struct ShardMeter: Sendable {
    /// Messages that wait, and the commands in them.
    private(set) var messages = 0
    private(set) var backlog = 0.0
    /// The backlog as a whole number, so bounded that all shards' can be added up.
    var commands: Int { Int(min(backlog.rounded(), ScaleLimits.backlogMax)) }
    /// How long the oldest of them has waited.
    private(set) var oldest = Duration.zero
    /// Commands that were decided since the reading before the last.
    private(set) var decided: Int64 = 0
    /// The owner at the last reading, if it was the same at the one before.
    private(set) var owner: String?
    /// The least that waited at either of the last two readings.
    private(set) var backlogAtLeast = 0.0

    private var last: ShardReading?
    /// Commands and messages decided, what is long ago weighing less.
    private var commandsSeen = 0.0
    private var messagesSeen = 0.0
    private var coming = Smoothed()
    private var going = Smoothed()

    /// Commands a second that keep coming: a burst, which is not yet decided, shows in the backlog
    /// alone, and so does what is left of it when no more come.
    var arrivals: Double { max(0, min(coming.value, going.value)) }

    /// How many commands a message holds.
    private var commandsPerMessage: Double {
        messagesSeen > 0 ? max(1, commandsSeen / messagesSeen) : 1
    }

    /// Takes a reading, so long after the one before, with so many messages in the shard's lines.
    mutating func observe(_ reading: ShardReading, waiting messages: Int, after elapsed: Duration) {
        let before = last ?? reading
        decided = max(0, reading.commands - before.commands)
        learnCommandsPerMessage(messages: max(0, reading.messages - before.messages), elapsed)
        let backlogBefore = backlog
        self.messages = messages
        backlog = Double(messages) * commandsPerMessage
        backlogAtLeast = min(backlogBefore, backlog)
        owner = reading.owner == before.owner ? reading.owner : nil
        if backlog == 0 {
            oldest = .zero
        } else if decided > 0 {
            oldest = reading.waited
        } else {
            oldest += elapsed
        }
        if last != nil, elapsed > .zero {
            let went = Double(decided) / elapsed.inSeconds
            going.add(went, after: elapsed)
            coming.add(went + (backlog - backlogBefore) / elapsed.inSeconds, after: elapsed)
        }
        last = reading
    }

    private mutating func learnCommandsPerMessage(messages: Int64, _ elapsed: Duration) {
        guard messages > 0 else { return }
        commandsSeen = commandsSeen * elapsed.fading + Double(decided)
        messagesSeen = messagesSeen * elapsed.fading + Double(messages)
    }
}

/// A measured value in which what is long ago weighs less.
struct Smoothed: Sendable {
    private(set) var value = 0.0

    mutating func add(_ sample: Double, after elapsed: Duration) {
        value += (sample - value) * (1 - elapsed.fading)
    }
}

extension Duration {
    /// This time in seconds.
    var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }

    /// What part of its weight a measurement keeps over this time.
    var fading: Double { ScaleLimits.halfLife / (ScaleLimits.halfLife + self) }
}
