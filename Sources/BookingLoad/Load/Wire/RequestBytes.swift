import NIOCore

/// What is sent on a connection.
enum LoadMessage: Hashable, Sendable {
    case first(LoadRequest)
    /// Asks for a booking's outcome.
    case ask(id: String)

    var resource: LoadResource {
        switch self {
        case .first(.read): .event
        case .first(.book), .ask: .booking
        }
    }
}

/// The requests of a run as bytes, made beforehand but for what differs each time.
struct RequestBytes: Sendable {
    /// The request line, by event.
    private var bookingStarts: [ByteBuffer] = []
    /// The end of the key's line, the last headers and the body, by event.
    private var bookingEnds: [ByteBuffer] = []
    /// Headers up to the run's part of the key, by endpoint and buyer.
    private var bookingHeaders: [ByteBuffer] = []
    /// What follows the booking's id, by endpoint and buyer.
    private var askEnds: [ByteBuffer] = []
    /// By endpoint and event.
    private var reads: [ByteBuffer] = []
    private let endpoints: Int
    private let buyers: Int
    private let events: Int

    /// Keys begin with `run`, so that they are unlike those of every other run.
    init(
        endpoints: [Endpoint], scene: LoadScene, style: LoadStyle, waitSeconds: Int, run: String
    ) {
        self.endpoints = endpoints.count
        buyers = scene.tokens.count
        events = scene.offers.count
        for offer in scene.offers {
            bookingStarts.append(
                ByteBuffer(string: "POST /v1/events/\(offer.event)/bookings HTTP/1.1\r\n"))
            let body = "{\"items\":[{\"quantity\":1,\"ticketTypeId\":\"\(offer.ticketType)\"}]}"
            bookingEnds.append(
                ByteBuffer(string: "\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"))
        }
        let prefer = "Prefer: wait=\(waitSeconds)\r\n"
        for endpoint in endpoints {
            let host = "Host: \(endpoint.authority)\r\n"
            for token in scene.tokens {
                let session = "\(host)Authorization: Bearer \(token)\r\n"
                bookingHeaders.append(
                    ByteBuffer(
                        string: session + (style == .wait ? prefer : "")
                            + "Content-Type: application/json\r\nIdempotency-Key: load-\(run)-"))
                askEnds.append(ByteBuffer(string: " HTTP/1.1\r\n\(session)\(prefer)\r\n"))
            }
            for offer in scene.offers {
                reads.append(
                    ByteBuffer(string: "GET /v1/events/\(offer.event) HTTP/1.1\r\n\(host)\r\n"))
            }
        }
    }

    /// Writes a request of `connection` into `buffer`; `number` is unlike that of all others.
    func write(
        _ message: LoadMessage, of connection: Int, number: Int, into buffer: inout ByteBuffer
    ) {
        let endpoint = connection % endpoints
        let sender = endpoint * buyers + connection / endpoints % buyers
        switch message {
        case .first(.read(let event)):
            buffer.writeImmutableBuffer(reads[endpoint * events + event])
        case .first(.book(let event)):
            buffer.writeImmutableBuffer(bookingStarts[event])
            buffer.writeImmutableBuffer(bookingHeaders[sender])
            buffer.writeString(String(number))
            buffer.writeImmutableBuffer(bookingEnds[event])
        case .ask(let id):
            buffer.writeStaticString("GET /v1/bookings/")
            buffer.writeString(id)
            buffer.writeImmutableBuffer(askEnds[sender])
        }
    }
}
