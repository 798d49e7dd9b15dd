/// The limits of this client: nothing in it grows or waits without one of these.
public enum AMQPLimits {
    /// The longest name, routing key or other short string, in UTF-8 bytes (the protocol's own limit).
    public static let shortStringBytesMax = 255

    /// The largest message body published, in bytes.
    public static let publishBodyBytesMax = 16 * 1024 * 1024

    /// The largest message body accepted, in bytes; a larger one ends the connection.
    public static let deliveryBodyBytesMax = 128 * 1024 * 1024

    /// The largest encoded header or argument table, in bytes, so that it fits into one frame.
    public static let tableBytesMax = 64 * 1024

    /// How deep tables and arrays may nest.
    public static let tableDepthMax = 16

    /// The prefetch of a channel that consumes without having set one.
    public static let prefetchDefault: UInt16 = 256

    /// Publishes on one channel the broker has not confirmed yet, timed out ones included.
    public static let unconfirmedMax = 65_536

    /// Requests waiting for their reply on one channel.
    public static let pendingRequestsMax = 1024

    /// Calls waiting to be taken by a connection's thread.
    public static let jobsMax = 131_072

    /// Bytes waiting to be written to the socket; publishes are refused above it.
    static let outputBytesMax = 8 * 1024 * 1024

    /// Frames read in a row before calls are served again.
    static let framesPerTurnMax = 2048

    /// The largest frame, in bytes, offered to the broker in the negotiation.
    static let frameBytesMax: Int32 = 131_072

    /// The smallest frames a broker may want, in bytes: the largest table fits into one with its neighbours.
    ///
    /// A method or header that does not fit would end the connection, for all that use it.
    static let frameBytesMin = Int32(tableBytesMax) + 4096

    /// How deep tables and arrays that the broker sends are read; what is deeper becomes `void`.
    static let receivedTableDepthMax = 64

    /// Channels per connection, offered to the broker in the negotiation.
    static let channelsMax: Int32 = 2047

    /// How long a write may make no progress when there is no heartbeat to tell.
    static let stalledWriteMax: Duration = .seconds(10)

    /// How long a farewell may take before the socket is closed without it.
    static let closeTimeoutMax: Duration = .seconds(2)
}
