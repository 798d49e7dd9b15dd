import NIOCore
import NIOHTTP1
import Testing

@testable import BookingIngress

/// The states of a connection, without a socket: bytes and times go in, actions come out.
struct HTTPConnectionMachineTests {
    private static let request = "GET /v1/events HTTP/1.1\r\nhost: a\r\n\r\n"
    private static let post = "POST /v1/users HTTP/1.1\r\nhost: a\r\n"

    // MARK: - Requests and answers

    @Test("a request is answered, and the next one taken after it")
    func oneAfterTheOther() {
        var driver = Driver()
        #expect(driver.receive(Self.request + Self.request) == [.answer("GET /v1/events", "")])
        #expect(driver.answer() == .init(closes: false, omitsBody: false, framing: .chunked))
        #expect(driver.perform() == [.answer("GET /v1/events", "")])
        #expect(driver.answer()?.closes == false)
        #expect(driver.perform() == [])
    }

    @Test("a request may come byte by byte")
    func bytewise() {
        var driver = Driver()
        let text = Self.post + "content-length: 3\r\n\r\nabc"
        let done = text.utf8.flatMap { driver.receive(String(Character(Unicode.Scalar($0)))) }
        #expect(done == [.answer("POST /v1/users", "abc")])
    }

    @Test("nothing is answered behind the request that was said to be the last")
    func last() {
        var driver = Driver()
        let last = "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"
        #expect(driver.receive(last + Self.request) == [.answer("GET /", "")])
        #expect(driver.answer()?.closes == true)
        #expect(driver.perform() == [.closeOutput])
        driver.machine.outputEnded(at: driver.now)
        #expect(driver.receive(Self.request) == [])
    }

    @Test("the answer to a HEAD has no body")
    func head() {
        var driver = Driver()
        _ = driver.receive("HEAD / HTTP/1.1\r\nhost: a\r\n\r\n")
        #expect(driver.answer()?.omitsBody == true)
    }

    @Test("a client that asks whether its body is welcome is told so")
    func welcome() {
        var driver = Driver()
        let head = Self.post + "expect: 100-continue\r\ncontent-length: 2\r\n\r\n"
        #expect(driver.receive(head) == [.welcomeBody])
        #expect(driver.receive("{}") == [.answer("POST /v1/users", "{}")])
    }

    // MARK: - Deadlines

    @Test("a head that trickles is given up when its time is over, however often bytes come")
    func tricklingHead() {
        var driver = Driver()
        var actions: [Driver.Done] = []
        for byte in "GET / HTTP/1.1\r\nx: " + String(repeating: "y", count: 100) {
            actions += driver.receive(String(byte))
            actions += driver.pass(.milliseconds(100))
            if !actions.isEmpty { break }
        }
        #expect(actions == [.refuse(.slow, closes: true), .closeOutput])
        #expect(driver.now == Driver.start + driver.machine.limits.request)
    }

    @Test("a body that trickles is given up likewise, from the first byte of its head on")
    func tricklingBody() {
        var driver = Driver()
        #expect(driver.receive("POST /v1/users HTTP/1.1\r\n") == [])
        #expect(driver.pass(.seconds(3)) == [])
        #expect(driver.receive("host: a\r\ncontent-length: 100\r\n\r\n{") == [])
        #expect(driver.pass(.milliseconds(1999)) == [])
        #expect(driver.receive("x") == [])
        #expect(
            driver.pass(.milliseconds(1)) == [.refuse(.slow, closes: true), .closeOutput])
    }

    @Test("what is drained behind a refusal has the same deadline, and the answer is not repeated")
    func tricklingDrain() {
        var driver = Driver()
        let actions = driver.receive(Self.post + "content-length: 100000\r\n\r\n")
        #expect(actions == [.refuse(.bodyTooLarge, closes: false)])
        #expect(driver.pass(.milliseconds(4999)) == [])
        #expect(driver.receive("x") == [])
        #expect(driver.pass(.milliseconds(1)) == [.closeOutput])
    }

    @Test("a request that begins behind another in a segment has its deadline, too")
    func tricklingSecond() {
        var driver = Driver()
        #expect(driver.receive(Self.request + "GET /").count == 1)
        _ = driver.pass(.seconds(30))
        #expect(driver.answer()?.closes == false)
        #expect(driver.perform() == [])
        #expect(driver.pass(.seconds(5)) == [.refuse(.slow, closes: true), .closeOutput])
    }

    @Test("empty lines before a request keep no connection open")
    func emptyLines() {
        var driver = Driver()
        for _ in 0..<9 {
            #expect(driver.receive("\r\n") == [])
            #expect(driver.pass(.seconds(1)) == [])
        }
        #expect(driver.receive("\r\n") == [])
        #expect(driver.pass(.seconds(1)) == [.close])
    }

    @Test("a connection without a request is closed soon, one between requests later")
    func idle() {
        var driver = Driver()
        #expect(driver.pass(driver.machine.limits.first) == [.close])
        var used = Driver()
        _ = used.receive(Self.request)
        _ = used.pass(.hours(1))
        _ = used.answer()
        #expect(used.perform() == [])
        #expect(used.pass(used.machine.limits.first) == [])
        #expect(used.pass(used.machine.limits.idle) == [.close])
    }

    @Test("with no room for more connections, those that do nothing end sooner")
    func crowded() {
        var driver = Driver()
        driver.isCrowded = true
        #expect(driver.receive("GET / HT") == [])
        #expect(driver.pass(.seconds(1)) == [.refuse(.slow, closes: true), .closeOutput])
        var used = Driver()
        used.isCrowded = true
        _ = used.receive(Self.request)
        #expect(used.pass(.seconds(100)) == [])
        _ = used.answer()
        #expect(used.pass(.seconds(4)) == [])
        #expect(used.pass(.seconds(1)) == [.close])
    }

    @Test("a client that takes no answers gets no further ones, and is given up in time")
    func stalled() {
        var driver = Driver()
        _ = driver.receive(Self.request + Self.request)
        _ = driver.answer(bytes: 160 * 1024)
        driver.machine.writabilityChanged(to: false, at: driver.now)
        #expect(driver.perform() == [])
        #expect(!driver.machine.wantsBytes)
        // Ten seconds, and ten more for so many bytes.
        #expect(driver.pass(.milliseconds(19_999)) == [])
        var other = driver
        other.machine.writabilityChanged(to: true, at: other.now)
        #expect(other.perform() == [.answer("GET /v1/events", "")])
        #expect(driver.pass(.milliseconds(1)) == [.close])
    }

    @Test("a client that goes on although its budget is spent loses the connection")
    func limitedInARow() {
        var driver = Driver()
        let most = HTTPLimits.limitedInARowMax
        for number in 1..<most {
            _ = driver.receive(Self.request)
            #expect(driver.answer(isLimited: true)?.closes == false, "number \(number)")
        }
        _ = driver.receive(Self.request)
        #expect(driver.answer()?.closes == false, "an answer of another kind ends the row")
        for _ in 1..<most {
            _ = driver.receive(Self.request)
            #expect(driver.answer(isLimited: true)?.closes == false)
        }
        _ = driver.receive(Self.request + Self.request)
        #expect(driver.answer(isLimited: true)?.closes == true)
        #expect(driver.perform() == [.closeOutput], "what came behind is not answered")
    }

    @Test("a client that takes the last answer, but neither sends nor ends, is waited for shortly")
    func lingering() {
        var driver = Driver()
        _ = driver.receive("nonsense\r\n\r\n")
        driver.machine.outputEnded(at: driver.now)
        #expect(driver.receive("more nonsense") == [])
        #expect(driver.pass(driver.machine.limits.lingering) == [.close])
    }

    // MARK: - The client's end

    @Test(
        "a client that ends its side is answered what it asked before, and the last answer says so")
    func halfClosed() {
        var driver = Driver()
        _ = driver.receive(Self.request + Self.request)
        driver.machine.inputEnded()
        #expect(driver.perform() == [])
        #expect(driver.answer()?.closes == false)
        #expect(driver.perform() == [.answer("GET /v1/events", "")])
        #expect(driver.answer()?.closes == true)
        #expect(driver.perform() == [.flush])
        driver.machine.outputEnded(at: driver.now)
        #expect(driver.perform() == [.close])
    }

    @Test(
        "a client that ends its side within a request gets no answer",
        arguments: ["", "GET / HT", post + "content-length: 9\r\n\r\n{"])
    func incomplete(text: String) {
        var driver = Driver()
        #expect(driver.receive(text) == [])
        driver.machine.inputEnded()
        #expect(driver.perform() == [.flush])
    }

    @Test("what a client sends ahead, and ends its side behind, may be so much and no more")
    func aheadOfItself() {
        var driver = Driver()
        _ = driver.receive(Self.request)
        let piece = String(repeating: Self.request, count: 1000)
        #expect(driver.receive(piece) == [])
        #expect(!driver.machine.wantsBytes)
        var pieces = 1
        while driver.receive(piece).isEmpty, pieces < 100 { pieces += 1 }
        #expect(pieces * piece.utf8.count <= HTTPLimits.waitingBytesMax)
    }

    @Test("behind the end of a connection nothing is answered any more")
    func ended() {
        var driver = Driver()
        _ = driver.receive(Self.request + Self.request)
        driver.machine.channelEnded()
        #expect(driver.answer() == nil)
        #expect(driver.perform() == [.close])
    }

    // MARK: - Stopping

    @Test("a service that stops closes idle connections, and others with their answer")
    func stopping() {
        var idle = Driver()
        idle.machine.quiesce()
        #expect(idle.perform() == [.close])
        var driver = Driver()
        _ = driver.receive(Self.request)
        driver.machine.quiesce()
        #expect(driver.perform() == [])
        #expect(driver.answer()?.closes == true)
        #expect(driver.perform() == [.closeOutput])
    }

    // MARK: - Refusals

    @Test("the connection goes on behind a body that is too large, up to a bound")
    func largeBody() {
        let head = Self.post + "transfer-encoding: chunked\r\n\r\n"
        let chunk = "8000\r\n" + String(repeating: "x", count: 0x8000) + "\r\n"
        var driver = Driver()
        #expect(driver.receive(head + chunk) == [.refuse(.bodyTooLarge, closes: false)])
        #expect(
            driver.receive(chunk + "0\r\n\r\n" + Self.request) == [.answer("GET /v1/events", "")])
        var endless = Driver()
        _ = endless.receive(head)
        var actions: [Driver.Done] = []
        var count = 0
        while !actions.contains(.closeOutput), count < 1000 {
            actions += endless.receive(chunk)
            count += 1
        }
        #expect(actions == [.refuse(.bodyTooLarge, closes: false), .closeOutput])
        #expect(count * 0x8000 <= HTTPLimits.drainedBytesMax + 2 * 0x8000)
    }

    @Test("small chunks are bounded by what they are, not by what is in them")
    func smallChunks() {
        var driver = Driver()
        _ = driver.receive(Self.post + "content-type: a\r\ntransfer-encoding: chunked\r\n\r\n")
        let piece = String(repeating: "1\r\nx\r\n", count: 10_000)
        var actions: [Driver.Done] = []
        var sent = 0
        while !actions.contains(.closeOutput), sent < 100_000_000 {
            actions += driver.receive(piece)
            sent += piece.utf8.count
        }
        #expect(actions == [.refuse(.bodyTooLarge, closes: false), .closeOutput])
        #expect(sent < HTTPLimits.drainedBytesMax + 3 * 6 * HTTPLimits.bodyBytesMax)
    }

    @Test("a body whose announced length is too much is refused before it comes, and not welcomed")
    func announcedBody() {
        var driver = Driver()
        let head = Self.post + "expect: 100-continue\r\ncontent-length: 16385\r\n\r\n"
        #expect(driver.receive(head) == [.refuse(.bodyTooLarge, closes: true), .closeOutput])
        var event = Driver()
        #expect(
            event.receive("POST /v1/events HTTP/1.1\r\nhost: a\r\ncontent-length: 65536\r\n\r\n")
                == [])
        var huge = Driver()
        #expect(
            huge.receive(Self.post + "content-length: 99999999999999999999\r\n\r\n")
                == [.refuse(.bodyTooLarge, closes: true), .closeOutput])
    }

    // MARK: - Streams

    @Test("a stream's end is told by a last chunk, and the connection goes on")
    func stream() {
        var driver = Driver()
        _ = driver.receive(Self.request + Self.request)
        #expect(driver.answer(isStream: true)?.framing == .chunked)
        #expect(driver.machine.streamed(10) != nil)
        #expect(driver.perform() == [])
        #expect(driver.machine.streamEnded(isComplete: true, at: driver.now)?.closes == false)
        #expect(driver.perform() == [.answer("GET /v1/events", "")])
    }

    @Test("a client that knows no chunks sees the end of a stream by that of the connection")
    func oldStream() {
        var driver = Driver()
        _ = driver.receive("GET / HTTP/1.0\r\n\r\n")
        #expect(
            driver.answer(isStream: true)
                == .init(closes: true, omitsBody: false, framing: .untilClosed))
        #expect(driver.machine.streamEnded(isComplete: true, at: driver.now) != nil)
        #expect(driver.perform() == [.closeOutput])
    }

    @Test("a stream that fails is cut off, so that nobody takes it for whole")
    func brokenStream() {
        var driver = Driver()
        _ = driver.receive(Self.request)
        _ = driver.answer(isStream: true)
        #expect(driver.machine.streamEnded(isComplete: false, at: driver.now) == nil)
        #expect(driver.perform() == [.close])
    }

    @Test("a stream ends in good order when the service stops or the client ends its side")
    func endingStream() {
        for stop in [true, false] {
            var driver = Driver()
            _ = driver.receive(Self.request)
            _ = driver.answer(isStream: true)
            #expect(!driver.machine.isEndingStream)
            if stop { driver.machine.quiesce() } else { driver.machine.inputEnded() }
            #expect(driver.machine.isEndingStream)
            #expect(driver.machine.streamEnded(isComplete: false, at: driver.now) != nil)
            #expect(driver.perform() == [stop ? .closeOutput : .flush])
        }
    }

    @Test("a stream whose client takes nothing is given up, one that is silent is not")
    func stalledStream() {
        var driver = Driver()
        _ = driver.receive(Self.request)
        _ = driver.answer(isStream: true)
        #expect(driver.pass(.hours(1)) == [])
        driver.machine.writabilityChanged(to: false, at: driver.now)
        #expect(driver.pass(driver.machine.limits.stalled) == [.close])
    }
}

/// Drives a machine as a connection does, and tells what it was told to do.
private struct Driver {
    /// An action, in terms that can be compared.
    enum Done: Equatable {
        case welcomeBody, closeOutput, flush, close
        case answer(String, String)
        case refuse(HTTPRefusal, closes: Bool)
    }

    static let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    var now = start
    var isCrowded = false
    var machine = HTTPConnectionMachine(limits: ConnectionLimits(), at: start)

    mutating func receive(_ text: String) -> [Done] {
        machine.received(ByteBuffer(string: text))
        return perform()
    }

    /// Lets time pass, and the machine see that.
    mutating func pass(_ time: TimeAmount) -> [Done] {
        now = now + time
        guard let done = done(machine.timePassed(at: now, isCrowded: isCrowded)) else { return [] }
        return done == .close ? [done] : [done] + perform()
    }

    mutating func answer(
        isStream: Bool = false, isLimited: Bool = false, bytes: Int = 10
    ) -> HTTPConnectionMachine.AnswerForm? {
        machine.answered(isStream: isStream, isLimited: isLimited, bytes: bytes, at: now)
    }

    mutating func perform() -> [Done] {
        var all: [Done] = []
        while let done = done(machine.proceed(at: now)) {
            all.append(done)
            if done == .close { break }
        }
        return all
    }

    private func done(_ action: HTTPConnectionMachine.Action) -> Done? {
        switch action {
        case .wait: nil
        case .welcomeBody: .welcomeBody
        case .answer(let head, let body):
            .answer("\(head.method) \(head.uri)", String(buffer: body))
        case .refuse(let refusal, _, let closes): .refuse(refusal, closes: closes)
        case .closeOutput: .closeOutput
        case .flush: .flush
        case .close: .close
        }
    }
}
