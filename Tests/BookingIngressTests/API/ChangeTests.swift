import BookingBroker
import BookingDomain
import BookingTestSupport
import HTTPTypes
import JSON
import Testing

@testable import BookingIngress

struct ChangeTests {
    private typealias Verb = Command.Verb

    /// What can be asked, of a booking that allows it, and what that comes to.
    private static let possible: [(Verb, BookingStatus, BookingStatus)] = [
        (.confirm, .held, .confirmed), (.confirm, .expired, .confirmed), (.pay, .held, .held),
        (.extend, .held, .held), (.cancel, .held, .cancelled), (.cancel, .confirmed, .cancelled),
    ]

    @Test(
        "a change is accepted, pending, and applied; asked again it is the same",
        arguments: possible)
    private func applied(
        _ verb: Verb, _ before: BookingStatus, _ after: BookingStatus
    ) async throws {
        try await BookedScene.with(before) { scene in
            let accepted = try await scene.buyer.change(verb, scene.path, key: "a")
            #expect(accepted.status == 202)
            #expect(accepted.header("retry-after") == "1")
            #expect(accepted.json?["status"] == .string("pending"))
            #expect(accepted.json?["booking"]?["status"] == .string(before.rawValue))
            let command = try #require(scene.commands.first)
            #expect(command.body == .change(verb, of: scene.booking.key))
            #expect(command.actor == scene.booking.user)
            let pending = try await scene.buyer.follow(accepted)
            #expect(pending.status == 200)
            #expect(pending.header("retry-after") == "1")
            #expect(pending.json?["status"] == .string("pending"))
            #expect(pending.json?["id"] == accepted.json?["id"])

            try await scene.tell(scene.moved(to: after, at: 2), after: command, at: 2)
            let applied = try await scene.buyer.follow(accepted)
            #expect(applied.json?["status"] == .string("applied"))
            #expect(applied.json?["booking"]?["status"] == .string(after.rawValue))
            #expect(applied.json?["booking"]?["asOfSequence"] == .integer(2))
            let again = try await scene.buyer.change(verb, scene.path, key: "a")
            #expect(again.status == 200)
            #expect(again.json?["status"] == .string(after.rawValue))
            #expect(again.header("location") == accepted.header("location"))
            #expect(scene.commands.count == 1)
        }
    }

    @Test("with a wait, the answer is the booking as it is then", arguments: possible)
    private func waited(
        _ verb: Verb, _ before: BookingStatus, _ after: BookingStatus
    ) async throws {
        try await BookedScene.with(before) { scene in
            async let waiting = scene.buyer.change(verb, scene.path, key: "a", prefer: "wait=20")
            try await eventually("it is published") { scene.commands.count == 1 }
            try await scene.tell(scene.moved(to: after, at: 2), after: scene.commands[0], at: 2)
            let answer = try await waiting
            #expect(answer.status == 200)
            #expect(answer.header("preference-applied") == "wait=20")
            #expect(answer.json?["status"] == .string(after.rawValue))
            let change = try await scene.buyer.follow(answer)
            #expect(change.json?["status"] == .string("applied"))
        }
    }

    @Test(
        "what the line refuses is a problem with the booking, and asked again the same",
        arguments: [
            (.confirm, .expired, .holdExpired, "hold-expired"),
            (.pay, .expired, .holdExpired, "hold-expired"),
            (.pay, .confirmed, .notConfirmable, "not-confirmable"),
            (.extend, .held, .notExtendable, "not-extendable"),
            (.extend, .confirmed, .notExtendable, "not-extendable"),
            (.cancel, .expired, .notCancellable, "not-cancellable"),
        ] as [(Verb, BookingStatus, Change.Refusal, String)])
    private func refused(
        _ verb: Verb, _ status: BookingStatus, _ refusal: Change.Refusal, _ slug: String
    ) async throws {
        try await BookedScene.with(status) { scene in
            async let waiting = scene.buyer.change(verb, scene.path, key: "a", prefer: "wait=20")
            try await eventually("it is published") { scene.commands.count == 1 }
            try await scene.tell(
                scene.moved(to: status, at: 1), after: scene.commands[0], at: 2, refusal: refusal)
            let again = try await scene.buyer.change(verb, scene.path, key: "a")
            for answer in [try await waiting, again] {
                #expect(answer.status == 409)
                #expect(answer.isProblem)
                #expect(answer.slug == slug)
                #expect(answer.json?["booking"]?["status"] == .string(status.rawValue))
                let change = try await scene.buyer.follow(answer)
                #expect(change.status == 200)
                #expect(change.json?["status"] == .string("refused"))
                #expect(change.json?["reason"] == .string(refusal.rawValue))
            }
            #expect(ProblemPages.text(of: slug) != nil)
            #expect(scene.commands.count == 1)
        }
    }

    @Test(
        "what is so already is answered without a command, and so it is when asked again",
        arguments: [(.confirm, .confirmed), (.cancel, .cancelled)] as [(Verb, BookingStatus)])
    private func isSo(_ verb: Verb, _ status: BookingStatus) async throws {
        try await BookedScene.with(status) { scene in
            for _ in 1...2 {
                let answer = try await scene.buyer.change(verb, scene.path)
                #expect(answer.status == 200)
                #expect(answer.header("location") == nil)
                #expect(answer.json?["status"] == .string(status.rawValue))
            }
            #expect(scene.commands.isEmpty)
        }
    }

    @Test(
        "what can never be is refused without a command",
        arguments: [
            (.confirm, .rejected, "not-confirmable"), (.confirm, .cancelled, "not-confirmable"),
            (.pay, .cancelled, "not-confirmable"), (.extend, .cancelled, "not-extendable"),
            (.extend, .failed, "not-extendable"), (.cancel, .rejected, "not-cancellable"),
            (.cancel, .failed, "not-cancellable"),
        ] as [(Verb, BookingStatus, String)])
    private func never(_ verb: Verb, _ status: BookingStatus, _ slug: String) async throws {
        try await BookedScene.with(status) { scene in
            let answer = try await scene.buyer.change(verb, scene.path, key: "a")
            #expect(answer.status == 409)
            #expect(answer.slug == slug)
            #expect(answer.json?["booking"]?["status"] == .string(status.rawValue))
            #expect(scene.commands.isEmpty)
        }
    }

    @Test("a confirmation repeated after a cancel is the first one, here and elsewhere")
    func repeatedLater() async throws {
        try await BookedScene.with { scene in
            let first = try await scene.buyer.change(.confirm, scene.path)
            try await scene.tell(
                scene.moved(to: .confirmed, at: 2), after: scene.commands[0], at: 2)
            _ = try await scene.buyer.change(.cancel, scene.path)
            try await scene.tell(
                scene.moved(to: .cancelled, at: 3), after: scene.commands[1], at: 3)
            let again = try await scene.buyer.change(.confirm, scene.path)
            #expect(again.status == 200)
            #expect(again.json?["status"] == .string("cancelled"))
            #expect(again.header("location") == first.header("location"))
            try await scene.elsewhere { other in
                let there = other.client.signedIn(scene.buyer.token)
                let again = try await there.change(.confirm, scene.path)
                #expect(again.status == 200)
                #expect(again.json?["status"] == .string("cancelled"))
                #expect(again.header("location") == first.header("location"))
                let change = try await there.follow(again)
                #expect(change.json?["status"] == .string("applied"))
                #expect(other.broker.published.isEmpty)
            }
            #expect(scene.commands.count == 2)
        }
    }

    @Test("an extension needs a key; one key is one command, from any instance")
    func extensions() async throws {
        try await BookedScene.with { scene in
            let without = try await scene.buyer.change(.extend, scene.path)
            #expect(without.status == 400)
            #expect(without.slug == "idempotency-key-required")
            let first = try await scene.buyer.change(.extend, scene.path, key: "a")
            let second = try await scene.buyer.change(.extend, scene.path, key: "b")
            #expect(first.header("location") != second.header("location"))
            try await scene.elsewhere { other in
                let there = other.client.signedIn(scene.buyer.token)
                let again = try await there.change(.extend, scene.path, key: "a")
                #expect(again.status == 202)
                #expect(again.header("location") == first.header("location"))
                #expect(other.broker.published.first?.commands.map(\.id) == [scene.commands[0].id])
            }
            #expect(Set(scene.commands.map(\.id)).count == 2)
        }
    }

    @Test("the organizer may cancel, and nothing else; nobody else may anything")
    func others() async throws {
        try await BookedScene.with { scene in
            let stranger = try await scene.ingress.client.newUser(.organizer)
            for verb in [.confirm, .pay, .extend, .cancel] as [Verb] {
                #expect(try await stranger.change(verb, scene.path, key: "a").status == 404)
                guard verb != .cancel else { continue }
                let organizer = try await scene.organizer.change(verb, scene.path, key: "a")
                #expect(organizer.status == 404)
            }
            #expect(scene.commands.isEmpty)
            let cancelled = try await scene.organizer.change(.cancel, scene.path)
            #expect(cancelled.status == 202)
            #expect(scene.commands.map(\.body) == [.change(.cancel, of: scene.booking.key)])
            #expect(try await scene.organizer.follow(cancelled).status == 200)
            #expect(try await stranger.follow(cancelled).status == 404)
            try await scene.tell(
                scene.moved(to: .cancelled, at: 2), after: scene.commands[0], at: 2)
            let seen = try await scene.organizer.follow(cancelled)
            #expect(seen.json?["status"] == .string("applied"))
            #expect(seen.json?["booking"]?["status"] == .string("cancelled"))
        }
    }

    @Test("a change's id is its booking's and its user's, and cannot be made up")
    func ids() async throws {
        try await BookedScene.with { scene in
            let accepted = try await scene.buyer.change(.confirm, scene.path)
            let id = try #require(accepted.json?["id"]?.string)
            // Any instance knows that it was issued, without a row anywhere.
            try await scene.elsewhere { other in
                let there = try await other.client.signedIn(scene.buyer.token).follow(accepted)
                #expect(there.status == 200)
                #expect(there.json?["status"] == .string("pending"))
            }
            let forged = (id.first == "A" ? "B" : "A") + id.dropFirst()
            for wrong in [forged, "x", String(id.dropLast())] {
                let answer = try await scene.buyer.send(.get, "\(scene.path)/changes/\(wrong)")
                #expect(answer.status == 404)
                #expect(answer.slug == "not-found")
            }
            // The organizer may see it, and nobody else.
            #expect(try await scene.organizer.follow(accepted).status == 200)
            let stranger = try await scene.ingress.client.newUser(.organizer)
            #expect(try await stranger.follow(accepted).status == 404)
        }
    }

    @Test("a database that is away keeps no buyer from asking in time", arguments: [false, true])
    func databaseAway(isHeard: Bool) async throws {
        try await BookedScene.with { scene in
            if !isHeard {
                // As after a start: nothing is known here.
                scene.ingress.server.application.recentOutcomes.forgetOutcomes()
            }
            scene.ingress.stores.goAway()
            let answer = try await scene.buyer.change(.confirm, scene.path)
            #expect(answer.status == 202)
            #expect(scene.commands.count == 1)
            scene.ingress.stores.comeBack()
            #expect(try await scene.buyer.follow(answer).json?["status"] == .string("pending"))
        }
    }

    @Test("a user has so many waits for changes, and beyond them is told what is known")
    func manyWaits() async throws {
        try await BookedScene.with(configure: {
            $0.kindsReadByAll = Set(CommandKind.allCases)
            $0.waitersPerUserMax = 1
        }) { scene in
            let changes = scene.ingress.server.application.recentChanges
            async let waiting = scene.buyer.change(.confirm, scene.path, prefer: "wait=20")
            try await eventually("somebody waits") { changes.waiters == 1 }
            let another = try await scene.buyer.change(
                .extend, scene.path, key: "a", prefer: "wait=20")
            #expect(another.status == 202)
            try await scene.tell(
                scene.moved(to: .confirmed, at: 2), after: scene.commands[0], at: 2)
            #expect(try await waiting.status == 200)
            #expect(changes.waiters == 0)
        }
    }

    @Test("what a change came to is found though nobody told it")
    func missed() async throws {
        try await BookedScene.with { scene in
            async let waiting = scene.buyer.change(.confirm, scene.path, prefer: "wait=20")
            try await eventually("it is published") { scene.commands.count == 1 }
            async let polling = scene.buyer.change(.confirm, scene.path, prefer: "wait=20")
            scene.commit(scene.moved(to: .confirmed, at: 2), after: scene.commands[0], at: 2)
            #expect(try await waiting.json?["status"] == .string("confirmed"))
            #expect(try await polling.json?["status"] == .string("confirmed"))
        }
    }

    @Test("a poll of a change ends when it is decided")
    func poll() async throws {
        try await BookedScene.with { scene in
            let accepted = try await scene.buyer.change(.cancel, scene.path)
            async let polling = scene.buyer.follow(accepted, prefer: "wait=20")
            try await eventually("somebody waits") {
                scene.ingress.server.application.recentChanges.waiters > 0
            }
            try await scene.tell(
                scene.moved(to: .cancelled, at: 2), after: scene.commands[0], at: 2)
            let answer = try await polling
            #expect(answer.json?["status"] == .string("applied"))
            #expect(answer.header("preference-applied") == "wait=20")
        }
    }

    @Test("a booking tells how long it is held, and a poll with after waits for what is later")
    func after() async throws {
        try await BookedScene.with { scene in
            let held = try await scene.buyer.send(.get, scene.path)
            #expect(held.json?["asOfSequence"] == .integer(1))
            #expect(held.json?["expiresAt"]?.string?.hasPrefix("3000-01-01") == true)
            #expect(held.json?["extendableUntil"]?.string?.hasPrefix("3000-01-01") == true)
            #expect(try #require(held.json?["expiresInSeconds"]?.integer) > 0)
            async let polling = scene.buyer.send(
                .get, scene.path + "?after=1", headers: [("prefer", "wait=20")])
            try await eventually("somebody waits") { scene.ingress.waiters > 0 }
            // It sleeps: to be told of what it knows does not wake it to look again.
            let lookUps = scene.ingress.stores.bookingLookUps.count
            try await scene.tell(scene.moved(to: .held, at: 1))
            try await Task.sleep(for: .milliseconds(100))
            #expect(scene.ingress.waiters == 1)
            #expect(scene.ingress.stores.bookingLookUps.count < lookUps + 5)
            try await scene.tell(scene.moved(to: .confirmed, at: 5))
            let later = try await polling
            #expect(later.json?["status"] == .string("confirmed"))
            #expect(later.json?["asOfSequence"] == .integer(5))
            #expect(later.json?["expiresAt"] == nil)
            // What is newer than what is heard here is in the database.
            scene.commit(scene.moved(to: .cancelled, at: 7), after: nil, at: 7)
            let newest = try await scene.buyer.send(.get, scene.path + "?after=6")
            #expect(newest.json?["status"] == .string("cancelled"))
            let wrong = try await scene.buyer.send(.get, scene.path + "?after=-1")
            #expect(wrong.status == 400)
            #expect(wrong.slug == "invalid-parameter")
        }
    }

    @Test("bodies that say what is not heeded are refused")
    func badBodies() async throws {
        try await BookedScene.with { scene in
            for (method, path, body) in [
                (.post, "/confirmation", #"{"paying":1}"#), (.post, "/confirmation", #"{"x":1}"#),
                (.post, "/extension", #"{"x":1}"#), (.delete, "", "{}"),
            ] as [(HTTPRequest.Method, String, String)] {
                let answer = try await scene.buyer.send(
                    method, scene.path + path, headers: [("idempotency-key", "a")], body: body)
                #expect(answer.status == 422, "\(path) \(body)")
            }
            let key = try await scene.buyer.change(
                .cancel, scene.path, key: String(repeating: "k", count: 256))
            #expect(key.slug == "invalid-idempotency-key")
            #expect(scene.commands.isEmpty)
        }
    }

    @Test("a shard whose owner does not read changes yet is sent none")
    func upgrading() async throws {
        try await BookedScene.with(configure: { _ in }) { scene in
            let answer = try await scene.buyer.change(.confirm, scene.path)
            #expect(answer.status == 503)
            #expect(answer.slug == "upgrading")
            #expect(scene.commands.isEmpty)
        }
    }

    @Test(
        "without a broker a change is refused, with a wait and without",
        arguments: [nil, "wait=20"])
    func brokerAway(prefer: String?) async throws {
        try await BookedScene.with(configure: {
            $0.kindsReadByAll = Set(CommandKind.allCases)
            $0.publishPatience = .milliseconds(100)
        }) { scene in
            scene.ingress.broker.fail(with: BrokerError(.unavailable, "away"))
            let answer = try await scene.buyer.change(.confirm, scene.path, prefer: prefer)
            #expect(answer.status == 503)
            #expect(answer.slug == "unavailable")
        }
    }
}
