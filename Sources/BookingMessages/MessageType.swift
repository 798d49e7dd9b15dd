/// How the AMQP types of our messages are named: `booking.commands.v1`.
enum MessageType {
    private static let prefix = "booking."
    private static let bytesMax = 64

    /// Whether a program of ours may have written a message of that type, whatever its version.
    static func isOurs(_ type: String) -> Bool {
        type.utf8.count <= bytesMax && type.hasPrefix(prefix)
            && type.utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2E
            }
    }
}
