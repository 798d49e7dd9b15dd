internal import CRabbitMQ
internal import Glibc

/// A connection of the library, logged in.
///
/// One thread opens it, uses it and lets it go.
///
/// Three traps of librabbitmq 0.11 are kept out here for all of the module. Its heartbeats are
/// switched off once they are negotiated: with them on, a write that waits too long ends in a read
/// that can wait for ever; ``HeartbeatClock`` stands in. Frames are only read by
/// `amqp_simple_wait_frame_noblock` with no timeout, so no frame of another channel is lost and no
/// read waits. And without TLS frames are encoded by the library but written by us, so no write
/// waits either; with TLS the library writes, and `TCP_USER_TIMEOUT` bounds the wait.
final class LibraryConnection {
    // SAFETY: made by `open` and destroyed in deinit; it never leaves this file.
    private let handle: amqp_connection_state_t
    /// The socket's descriptor, valid while this lives.
    let socket: Int32
    let channelMax: UInt16
    /// The heartbeat interval agreed on, nil when there is none.
    let heartbeat: Duration?
    private let frameMax: Int
    private let writesThroughLibrary: Bool
    private let pool = WirePool()
    private var output = OutputBuffer()
    private var texts = TextCache()

    private init(handle: amqp_connection_state_t, writesThroughLibrary: Bool) {
        self.handle = handle
        self.writesThroughLibrary = writesThroughLibrary
        socket = amqp_get_sockfd(handle)
        channelMax = UInt16(clamping: amqp_get_channel_max(handle))
        frameMax = Int(amqp_get_frame_max(handle))
        let seconds = amqp_get_heartbeat(handle)
        heartbeat = seconds > 0 ? .seconds(Int(seconds)) : nil
    }

    deinit { amqp_destroy_connection(handle) }

    /// Connects and logs in; blocks for at most about two connect timeouts.
    static func open(
        _ address: AMQPAddress, _ configuration: AMQPConfiguration
    ) throws(AMQPError) -> LibraryConnection {
        guard let handle = amqp_new_connection() else { fatalError("Out of memory.") }
        do throws(AMQPError) {
            try connect(handle, address, configuration)
            try logIn(handle, address, configuration)
            // Never below the protocol's own limit: the library tells the broker that one then.
            let frameMax = amqp_get_frame_max(handle)
            guard frameMax >= AMQPLimits.frameBytesMin else {
                throw .connectFailed(
                    address,
                    "the broker allows frames of \(frameMax) bytes (frame_max), and "
                        + "\(AMQPLimits.frameBytesMin) are needed")
            }
        } catch {
            amqp_destroy_connection(handle)
            throw error
        }
        let connection = LibraryConnection(
            handle: handle,
            writesThroughLibrary: configuration.writesThroughLibrary || configuration.tls != nil)
        connection.adoptHeartbeats()
        return connection
    }

    /// The next frame that is there, nil when there is none.
    func readFrame() throws(AMQPError) -> InboundFrame? {
        while true {
            var frame = amqp_frame_t()
            var noWait = timeval()
            let status = amqp_simple_wait_frame_noblock(handle, &frame, &noWait)
            if status == AMQP_STATUS_TIMEOUT.rawValue { return nil }
            guard status == AMQP_STATUS_OK.rawValue else {
                throw AMQPError(.connectionClosed, libraryMessage(status))
            }
            // Everything is copied, so the library may reuse the memory at once.
            defer { amqp_maybe_release_buffers_on_channel(handle, frame.channel) }
            if let copied = copy(frame) { return copied }
        }
    }

    private func copy(_ frame: amqp_frame_t) -> InboundFrame? {
        // SAFETY: the frame type says which member of the union is set.
        switch Int32(frame.frame_type) {
        case AMQP_FRAME_METHOD:
            return .method(
                InboundMethod(copying: frame.payload.method, texts: &texts), on: frame.channel)
        case AMQP_FRAME_HEADER:
            let header = frame.payload.properties
            let properties = header.decoded.load(as: amqp_basic_properties_t.self)
            return .header(
                bodyBytes: header.body_size, AMQPProperties(copying: properties),
                on: frame.channel)
        case AMQP_FRAME_BODY:
            return .body([UInt8](copying: frame.payload.body_fragment), on: frame.channel)
        default:
            return nil
        }
    }
}

// Writing.
extension LibraryConnection {
    /// Bytes that wait for the socket.
    var pendingBytes: Int { output.count }

    /// Writes what the socket takes without waiting, and returns how many bytes that was.
    func flush() throws(AMQPError) -> Int {
        output.count > 0 ? try output.write(to: socket) : 0
    }

    func write(_ method: OutboundMethod, on channel: UInt16) throws(AMQPError) {
        defer { pool.recycle() }
        try method.withWireForm(pool) { (id, structure) throws(AMQPError) in
            try writeMethod(id, structure, on: channel)
        }
    }

    func writeHeartbeat() throws(AMQPError) {
        if writesThroughLibrary {
            var frame = amqp_frame_t()
            frame.frame_type = UInt8(AMQP_FRAME_HEARTBEAT)
            try check(amqp_send_frame(handle, &frame))
        } else {
            try output.appendFrame(
                type: UInt8(AMQP_FRAME_HEARTBEAT), channel: 0, payloadMax: 0
            ) { (_) in 0 }
        }
    }

    func write(_ publication: Publication, on channel: UInt16) throws(AMQPError) {
        defer { pool.recycle() }
        let body = publication.publishing.body
        var publish = amqp_basic_publish_t(
            ticket: 0, exchange: pool.bytes(publication.exchange),
            routing_key: pool.bytes(publication.routingKey),
            mandatory: publication.isMandatory ? 1 : 0, immediate: 0)
        var properties = publication.publishing.properties.wireForm(pool)
        if writesThroughLibrary {
            let status = body.withUnsafeBytes { bytes in
                amqp_basic_publish(
                    handle, channel, publish.exchange, publish.routing_key, publish.mandatory, 0,
                    &properties,
                    // The library only reads from it.
                    amqp_bytes_t(
                        len: bytes.count,
                        bytes: UnsafeMutableRawPointer(mutating: bytes.baseAddress)))
            }
            try check(status)
        } else {
            try writeMethod(AMQP_BASIC_PUBLISH_METHOD, &publish, on: channel)
            try appendHeader(&properties, bodyBytes: body.count, on: channel)
            try appendBody(body, on: channel)
        }
    }

    private func writeMethod(
        _ id: amqp_method_number_t, _ structure: UnsafeMutableRawPointer, on channel: UInt16
    ) throws(AMQPError) {
        if writesThroughLibrary {
            return try check(amqp_send_method(handle, channel, id, structure))
        }
        try output.appendFrame(
            type: UInt8(AMQP_FRAME_METHOD), channel: channel, payloadMax: frameMax - 8
        ) { (payload) throws(AMQPError) in
            payload.storeBytes(of: id.bigEndian, as: UInt32.self)
            let rest = UnsafeMutableRawBufferPointer(rebasing: payload[4...])
            let wire = amqp_bytes_t(len: rest.count, bytes: rest.baseAddress)
            return 4 + (try encoded(amqp_encode_method(id, structure, wire)))
        }
    }

    private func appendHeader(
        _ properties: UnsafeMutablePointer<amqp_basic_properties_t>, bodyBytes: Int,
        on channel: UInt16
    ) throws(AMQPError) {
        try output.appendFrame(
            type: UInt8(AMQP_FRAME_HEADER), channel: channel, payloadMax: frameMax - 8
        ) { (payload) throws(AMQPError) in
            payload.storeBytes(of: UInt16(AMQP_BASIC_CLASS).bigEndian, as: UInt16.self)
            payload.storeBytes(of: 0, toByteOffset: 2, as: UInt16.self)
            payload.storeBytes(of: UInt64(bodyBytes).bigEndian, toByteOffset: 4, as: UInt64.self)
            let rest = UnsafeMutableRawBufferPointer(rebasing: payload[12...])
            let wire = amqp_bytes_t(len: rest.count, bytes: rest.baseAddress)
            let size = amqp_encode_properties(UInt16(AMQP_BASIC_CLASS), properties, wire)
            return 12 + (try encoded(size))
        }
    }

    private func appendBody(_ body: [UInt8], on channel: UInt16) throws(AMQPError) {
        let fragmentMax = frameMax - 8
        for start in stride(from: 0, to: body.count, by: fragmentMax) {
            let fragment = body[start..<min(start + fragmentMax, body.count)]
            try output.appendFrame(
                type: UInt8(AMQP_FRAME_BODY), channel: channel, payloadMax: fragment.count
            ) { (payload) in
                fragment.withUnsafeBytes { payload.copyMemory(from: $0) }
                return fragment.count
            }
        }
    }

    private func encoded(_ size: Int32) throws(AMQPError) -> Int {
        guard size >= 0 else { throw AMQPError(.invalidRequest, libraryMessage(size)) }
        return Int(size)
    }

    private func check(_ status: Int32) throws(AMQPError) {
        guard status == AMQP_STATUS_OK.rawValue else {
            throw AMQPError(.connectionClosed, libraryMessage(status))
        }
    }
}

// Connecting.
extension LibraryConnection {
    private static func connect(
        _ handle: amqp_connection_state_t, _ address: AMQPAddress,
        _ configuration: AMQPConfiguration
    ) throws(AMQPError) {
        guard let socket = try socket(of: handle, configuration.tls) else {
            throw .connectFailed(address, "no socket could be made")
        }
        var timeout = timeval(configuration.connectTimeout)
        let status = amqp_socket_open_noblock(
            socket, address.host, Int32(address.port), &timeout)
        guard status == AMQP_STATUS_OK.rawValue else {
            // The library does not keep the system's reason.
            let cause =
                status == AMQP_STATUS_SOCKET_ERROR.rawValue
                ? ConnectCause.find(
                    address.host, address.port, within: configuration.connectTimeout) : nil
            throw .connectFailed(address, cause ?? libraryMessage(status))
        }
    }

    /// A socket not yet connected; the handle owns it.
    private static func socket(
        of handle: amqp_connection_state_t, _ tls: AMQPTLS?
    ) throws(AMQPError) -> OpaquePointer? {
        guard let tls else { return amqp_tcp_socket_new(handle) }
        guard let socket = amqp_ssl_socket_new(handle) else { return nil }
        guard amqp_ssl_socket_set_cacert(socket, tls.authoritiesFile) == AMQP_STATUS_OK.rawValue
        else {
            throw AMQPError(
                .invalidConfiguration,
                "The file of trusted authorities cannot be used: \(tls.authoritiesFile).",
                isSafeToRetry: true)
        }
        amqp_ssl_socket_set_verify_peer(socket, 1)
        amqp_ssl_socket_set_verify_hostname(socket, tls.verifiesHost ? 1 : 0)
        let status = amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST)
        return status == AMQP_STATUS_OK.rawValue ? socket : nil
    }

    private static func logIn(
        _ handle: amqp_connection_state_t, _ address: AMQPAddress,
        _ configuration: AMQPConfiguration
    ) throws(AMQPError) {
        var timeout = timeval(configuration.connectTimeout)
        amqp_set_handshake_timeout(handle, &timeout)
        let pool = WirePool()
        var properties = pool.table(clientProperties(configuration.connectionName))
        let reply = crabbitmq_login_plain(
            handle, configuration.virtualHost, AMQPLimits.channelsMax, AMQPLimits.frameBytesMax,
            configuration.heartbeatSeconds, &properties, configuration.username,
            configuration.password)
        switch reply.reply_type {
        case AMQP_RESPONSE_NORMAL:
            return
        case AMQP_RESPONSE_SERVER_EXCEPTION where reply.reply.id == AMQP_CONNECTION_CLOSE_METHOD:
            let close = reply.reply.decoded.load(as: amqp_connection_close_t.self)
            throw .refused(code: close.reply_code, text: String(copying: close.reply_text))
        default:
            throw .connectFailed(address, libraryMessage(reply.library_error))
        }
    }

    /// What this client is and can do; the library adds `authentication_failure_close` and
    /// `exchange_exchange_bindings` to the capabilities.
    private static func clientProperties(_ connectionName: String) -> AMQPTable {
        [
            "product": "swift-amqp",
            "connection_name": .string(connectionName),
            "capabilities": .table([
                "authentication_failure_close": true,
                "basic.nack": true,
                "connection.blocked": true,
                "consumer_cancel_notify": true,
                "exchange_exchange_bindings": true,
                "publisher_confirms": true,
            ]),
        ]
    }

    private func adoptHeartbeats() {
        // The broker keeps to the interval agreed on; the library no longer knows of any.
        amqp_tune_connection(handle, Int32(channelMax), Int32(frameMax), 0)
        guard writesThroughLibrary else { return }
        let limit = heartbeat.map { $0 * 2 } ?? AMQPLimits.stalledWriteMax
        var milliseconds = UInt32(clamping: limit.wholeMilliseconds)
        setsockopt(
            socket, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, &milliseconds,
            socklen_t(MemoryLayout<UInt32>.size))
    }
}

/// What the library says went wrong in the call just made, and for a socket the system's words.
private func libraryMessage(_ status: Int32) -> String {
    let code = errno
    if status == AMQP_STATUS_SOCKET_ERROR.rawValue, code != 0, code != EAGAIN, code != EINPROGRESS {
        return String(cString: strerror(code))
    }
    return amqp_error_string2(status).map { String(cString: $0) } ?? "unknown error \(status)"
}

extension timeval {
    fileprivate init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self.init(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
    }
}

extension AMQPError {
    fileprivate static func connectFailed(_ address: AMQPAddress, _ reason: String) -> AMQPError {
        AMQPError(.connectFailed, "\(address): \(reason)", isSafeToRetry: true)
    }

    fileprivate static func refused(code: UInt16, text: String) -> AMQPError {
        let isAuthentication = code == UInt16(AMQP_ACCESS_REFUSED)
        return AMQPError(
            isAuthentication ? .authenticationFailed : .connectFailed, text, replyCode: code,
            isSafeToRetry: true)
    }
}
