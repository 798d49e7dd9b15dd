/// Some of the commands that a scenario has.
///
/// A message carries such a set, not a list: what stands in one message is accepted together, so nobody
/// outside can tell the order within it.
package struct CommandSet: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8
    /// A message has seven bits for them.
    package static let commandsMax = 7

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    init(_ command: Int) { rawValue = 1 << UInt8(command) }

    /// What a message may carry where others are ticks: the bits above them are the ticks' times.
    static let besideTicks = CommandSet(rawValue: Message.lowestTick - 1)
    /// As many as that.
    package static let besideTicksMax = 4

    init(in message: Message) { rawValue = message.payload }

    init(in messages: some Sequence<Message>) {
        var union: UInt8 = 0
        for message in messages { union |= message.payload }
        rawValue = union
    }

    var count: Int { rawValue.nonzeroBitCount }

    /// The commands, in order.
    var commands: [Int] { (0..<Self.commandsMax).filter { contains(CommandSet($0)) } }
}

extension CommandSet: CustomStringConvertible {
    package var description: String { commands.map { "c\($0 + 1)" }.joined(separator: " ") }
}

/// For each command, those that were accepted before anybody asked for it: first come is first served.
struct Precedence: Hashable, Sendable {
    private var word: UInt64 = 0

    subscript(command: Int) -> CommandSet {
        get { CommandSet(rawValue: UInt8(truncatingIfNeeded: word >> UInt64(8 * command))) }
        set {
            word &= ~(0xff << UInt64(8 * command))
            word |= UInt64(newValue.rawValue) << UInt64(8 * command)
        }
    }
}
