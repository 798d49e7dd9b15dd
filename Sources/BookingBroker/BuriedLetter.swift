import AMQP
package import BookingDomain

/// A dead letter, as its operator sees it: from a shard's table, or from the queue of the dead.
package struct BuriedLetter: Hashable, Sendable {
    /// What the operator calls it; the same however often it is looked at.
    package let id: String
    /// Its place in the queue, from 1; it moves up when a letter before it goes.
    package let position: Int
    /// The queue it came from, as far as is known.
    package let queue: String?
    /// Why it is here.
    package let problem: String
    /// The message's AMQP `type` property.
    package let type: String?
    package let body: [UInt8]

    /// Whether nobody knows that one of us published it.
    package var isDoubtful: Bool {
        problem == DeadLetter.forged || problem == DeadLetter.unauthenticated
    }

    /// The event in whose line it stood; `nil` when it came from no line.
    package var event: EventID? { queue.flatMap(BookingTopology.event(ofQueue:)) }

    /// A letter from a shard's table; letters that say the same have the same `digest`.
    package init(
        digest: UInt64, position: Int, event: EventID, problem: String, type: String?,
        body: [UInt8]
    ) {
        id = LetterDigest.name(of: digest)
        self.position = position
        queue = BookingTopology.queue(of: event)
        self.problem = problem
        self.type = type
        self.body = body
    }

    /// Reads what a worker wrote on the letter, or else what the broker did: queues of earlier versions
    /// had it bury messages, and a policy can.
    init(_ delivery: AMQPDelivery, position: Int) {
        func header(_ name: String) -> String? { delivery.headers[name]?.stringValue }
        self.position = position
        let queue = header("x-boxoffice-queue") ?? header("x-first-death-queue")
        let problem =
            header("x-boxoffice-problem")
            ?? header("x-first-death-reason").map(Self.problem(ofReason:)) ?? "nobody wrote why"
        self.queue = queue
        self.problem = problem
        type = delivery.type
        body = delivery.body
        if let name = delivery.messageID, Self.isName(name) {
            id = name
        } else {
            var digest = LetterDigest()
            for text in [queue, problem, delivery.type] { digest.add((text ?? "").utf8) }
            digest.add(delivery.body)
            id = digest.text
        }
    }

    /// The broker's reason for burying a message, in words.
    private static func problem(ofReason reason: String) -> String {
        switch reason {
        case "delivery_limit": "it was delivered too often: it may end the workers that take it"
        case "rejected": "a consumer refused it"
        default: "the broker put it aside: \(reason)"
        }
    }

    /// Whether a message's own id can be typed, and be taken neither for a place nor for a flag.
    private static func isName(_ text: String) -> Bool {
        text.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._:-]{0,99}/) != nil
            && text.contains(where: \.isLetter)
    }
}

/// Names a letter that has no name by what stands in it: FNV-1a, 64 bits.
///
/// Letters that say the same have the same name, and it does not matter which of them is meant.
private struct LetterDigest {
    private var hash: UInt64 = 0xCBF2_9CE4_8422_2325

    /// The name; begins with a letter, so that it cannot be taken for a place.
    var text: String { Self.name(of: hash) }

    static func name(of hash: UInt64) -> String {
        let digits = String(hash, radix: 16)
        return "x" + String(repeating: "0", count: 16 - digits.count) + digits
    }

    mutating func add(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        // Ends the part, so that what is moved from one part to the next makes a difference; no text
        // has this byte.
        hash = (hash ^ 0xFF) &* 0x100_0000_01B3
    }
}

/// Which letters are meant.
package enum LetterChoice: Hashable, Sendable {
    /// All that are there now.
    case all
    case position(Int)
    /// The oldest that is called so.
    case id(String)

    /// A place, counted from 1, or an id; `nil` for what is neither.
    package init?(_ text: String) {
        if text.allSatisfy({ $0.isASCII && $0.isNumber }) {
            guard let position = Int(text), position > 0 else { return nil }
            self = .position(position)
        } else {
            self = .id(text)
        }
    }

    /// The last place that a letter which is meant may have; `nil` when it may be anywhere.
    var lastPosition: Int? {
        switch self {
        case .all, .id: nil
        case .position(let position): position
        }
    }

    package func includes(_ letter: BuriedLetter) -> Bool {
        switch self {
        case .all: true
        case .position(let position): letter.position == position
        case .id(let id): letter.id == id
        }
    }
}
