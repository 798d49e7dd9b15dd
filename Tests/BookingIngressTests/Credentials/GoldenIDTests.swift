import BookingDomain
import BookingKeys
import BookingTestSupport
import Testing

@testable import BookingIngress

/// What clients keep: ids and tokens that a release gave out hold with every later one.
@Suite("Ids of each release") struct GoldenIDTests {
    /// A request, and the ids that it got.
    struct Request: Codable {
        var idempotencyKey: String
        var items: [[Int]]
        var bookingKey = ""
        var bookingID = ""
    }

    struct File: Codable {
        var secret = "2a" + String(repeating: "5ecf", count: 16)
        var user = "019a9f2c-7b01-7fff-9def-0123456789ab"
        var event = "019a9f2c-0000-7002-8000-00000000002a"
        var ticketTypeID = ""
        var requests: [Request] = []
        var token = ""
    }

    /// The ids of one person's requests for one event, as this version gives them out.
    private struct Issuer {
        let user: UserID
        let event: EventID
        let keys: SecretKeys

        init(_ file: File) throws {
            user = try UserID(file.user).orThrow()
            event = try EventID(file.event).orThrow()
            keys = try SecretKeys(secret: Array(file.secret.utf8)).orThrow()
        }

        var identity: BookingIdentity { BookingIdentity(keys) }

        func id(of request: Request) throws -> BookingID {
            let key = identity.key(
                user: user, event: event,
                idempotencyKey: try IdempotencyKey(request.idempotencyKey).orThrow())
            let items = Dictionary(uniqueKeysWithValues: request.items.map { ($0[0], $0[1]) })
            return identity.id(
                of: key, event: event, basket: try TestEvents.basket(items), user: user)
        }

        func ticketType() throws -> TicketTypeID {
            TicketTypeID(event: event, number: try TicketTypeNumber(12).orThrow())
        }
    }

    @Test("The ids that this version gives out are read again, and can be recorded for a release")
    func recorded() async throws {
        var file = File()
        let issuer = try Issuer(file)
        for (key, items) in [
            ("a", [[1, 1]]), (String(repeating: "k", count: 255), [[1, 50], [3, 2]]),
            ("with space ~", (1...10).map { [$0 * 10, $0] }),
        ] {
            var request = Request(idempotencyKey: key, items: items)
            let id = try issuer.id(of: request)
            request.bookingKey = "\(id.key)"
            request.bookingID = "\(id)"
            #expect(BookingID(request.bookingID) == id)
            file.requests.append(request)
        }
        file.ticketTypeID = "\(try issuer.ticketType())"
        let tokens = await SessionTokens.test(issuer.keys, lifetime: .seconds(3600))
        let user = User(
            id: issuer.user, email: "ada@example.org", name: "Ada", role: .organizer)
        file.token = try await tokens.issue(to: user, generation: 3, at: TestEvents.now).token
        try GoldenRelease.recorded?.write(file, to: "ids.json")
    }

    @Test(
        "A request that is sent again is the same booking, under the same id",
        arguments: GoldenRelease.all)
    func bookings(of release: GoldenRelease) throws {
        let file = try release.value("ids.json", as: File.self)
        let issuer = try Issuer(file)
        #expect(!file.requests.isEmpty)
        for request in file.requests {
            let id = try issuer.id(of: request)
            #expect("\(id.key)" == request.bookingKey)
            #expect("\(id)" == request.bookingID)
            let read = try #require(BookingID(request.bookingID))
            #expect(read == id)
            #expect(read.flags.isEmpty)
            #expect(issuer.identity.isIssued(read, to: issuer.user))
        }
        let ticketType = try issuer.ticketType()
        #expect(TicketTypeID(file.ticketTypeID) == ticketType)
    }

    @Test("A session goes on", arguments: GoldenRelease.all)
    func token(of release: GoldenRelease) async throws {
        let file = try release.value("ids.json", as: File.self)
        let issuer = try Issuer(file)
        let tokens = await SessionTokens.test(issuer.keys, lifetime: .seconds(3600))
        let principal = try tokens.verify(file.token, at: TestEvents.now)
        #expect(principal.user == issuer.user)
        #expect(principal.role == .organizer)
        #expect(principal.generation == 3)
    }

    @Test(
        "The ids of a release hold while its secret is in the list, and its keys for ever",
        arguments: GoldenRelease.all)
    func rotated(of release: GoldenRelease) throws {
        let file = try release.value("ids.json", as: File.self)
        let (old, new) = (Array(file.secret.utf8), [UInt8](repeating: 9, count: 32))
        let user = try UserID(file.user).orThrow()
        func identity(_ secrets: [UInt8]...) throws -> BookingIdentity {
            let list = try SecretList(secrets).orThrow()
            return BookingIdentity(
                SecretKeys(try IngressSecrets(tokens: list, ids: list, bookings: old).orThrow()))
        }
        for request in file.requests {
            let id = try #require(BookingID(request.bookingID))
            #expect(try identity(new, old).isIssued(id, to: user))
            #expect(try identity(old, new).isIssued(id, to: user))
            #expect(try !identity(new).isIssued(id, to: user))
            let key = try identity(new).key(
                user: user, event: id.event,
                idempotencyKey: try IdempotencyKey(request.idempotencyKey).orThrow())
            #expect("\(key)" == request.bookingKey)
            let again = try identity(new, old).id(
                of: key, event: id.event, basket: id.basket, user: user)
            #expect(again != id && again.key == id.key)
            #expect(try identity(old, new).isIssued(again, to: user))
        }
    }
}
