internal import Glibc

/// Bytes on their way to the socket.
///
/// Frames are put in at the end, what the socket took leaves at the front. One thread owns it.
struct OutputBuffer: ~Copyable {
    // SAFETY: the memory is allocated here, freed in deinit, and only reached through the methods.
    private var memory: UnsafeMutableRawBufferPointer
    private var start = 0
    private var end = 0

    private static let capacityMin = 256 * 1024
    private static let frameOverhead = 8

    init() {
        memory = .allocate(byteCount: Self.capacityMin, alignment: 16)
    }

    deinit { memory.deallocate() }

    /// Bytes not written yet.
    var count: Int { end - start }

    /// Appends a frame whose payload, of at most `payloadMax` bytes, `fill` writes and measures.
    mutating func appendFrame(
        type: UInt8, channel: UInt16, payloadMax: Int,
        fill: (UnsafeMutableRawBufferPointer) throws(AMQPError) -> Int
    ) throws(AMQPError) {
        makeRoom(for: payloadMax + Self.frameOverhead)
        let payload = UnsafeMutableRawBufferPointer(
            rebasing: memory[(end + 7)..<(end + 7 + payloadMax)])
        let size = try fill(payload)
        memory.storeBytes(of: type, toByteOffset: end, as: UInt8.self)
        memory.storeBytes(of: channel.bigEndian, toByteOffset: end + 1, as: UInt16.self)
        memory.storeBytes(of: UInt32(size).bigEndian, toByteOffset: end + 3, as: UInt32.self)
        memory.storeBytes(of: 0xCE, toByteOffset: end + 7 + size, as: UInt8.self)
        end += size + Self.frameOverhead
    }

    /// Writes what the socket takes without waiting, and returns how much that was.
    mutating func write(to socket: Int32) throws(AMQPError) -> Int {
        var written = 0
        while count > 0 {
            let sent = send(
                socket, memory.baseAddress?.advanced(by: start), count,
                Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            if sent > 0 {
                start += sent
                written += sent
                continue
            }
            if errno == EAGAIN || errno == EWOULDBLOCK { break }
            if errno == EINTR { continue }
            throw AMQPError(
                .connectionClosed, "Writing to the socket failed: \(systemMessage(errno)).")
        }
        if count == 0 { reset() }
        return written
    }

    private mutating func reset() {
        start = 0
        end = 0
        // One large message must not hold its memory for ever.
        if memory.count > AMQPLimits.outputBytesMax {
            memory.deallocate()
            memory = .allocate(byteCount: Self.capacityMin, alignment: 16)
        }
    }

    private mutating func makeRoom(for bytes: Int) {
        if memory.count - end >= bytes { return }
        let needed = count + bytes
        if needed <= memory.count / 2 {
            memory.baseAddress.map { _ = memmove($0, $0 + start, count) }
        } else {
            let larger = UnsafeMutableRawBufferPointer.allocate(
                byteCount: max(needed * 2, Self.capacityMin), alignment: 16)
            larger.copyMemory(from: .init(rebasing: memory[start..<end]))
            memory.deallocate()
            memory = larger
        }
        end -= start
        start = 0
    }
}

/// The system's words for an error number.
func systemMessage(_ number: Int32) -> String {
    strerror(number).map { String(cString: $0) } ?? "error \(number)"
}
