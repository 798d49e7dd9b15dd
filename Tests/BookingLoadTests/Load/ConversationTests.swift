import NIOCore
import Testing

@testable import BookingLoad

@Suite("The conversation over one connection")
struct ConversationTests {
    typealias Step = Conversation.Step

    static let confirmed = LoadOutcome(status: "confirmed")
    static let overloaded = Refusal(status: 503, slug: "overloaded")
    static let book = LoadRequest.book(event: 0)

    /// Connected and free; the connection of a closed loop, unless told otherwise.
    private func connected(closedLoop: Bool = true) -> Conversation {
        var conversation = Conversation(
            Conversation.Rules(pausesAfterRefusal: closedLoop, answerTimeout: .seconds(45)))
        #expect(conversation.connected(at: .at(0)) == Step(.takeNext))
        return conversation
    }

    /// Waits for the first answer to a booking that was due at 0 and sent at 10.
    private func asking(closedLoop: Bool = true) -> Conversation {
        var conversation = connected(closedLoop: closedLoop)
        #expect(
            conversation.begin(Self.book, dueAt: .at(0), at: .at(10))
                == Step(.send(.first(Self.book))))
        return conversation
    }

    /// Waits for the outcome of a booking that was accepted at 20.
    private func following() -> Conversation {
        var conversation = asking()
        #expect(
            conversation.answered(.pending(id: "b1", retryAfter: .seconds(1)), at: .at(20))
                == Step(.send(.ask(id: "b1")), .accepted(dueAt: .at(0))))
        return conversation
    }

    @Test("An outcome makes it free for the next request, counted from when it was due")
    func decided() {
        var conversation = asking()
        #expect(conversation.isBusy)
        #expect(
            conversation.answered(.decided(Self.confirmed), at: .at(30))
                == Step(.takeNext, .decided(Self.confirmed, dueAt: .at(0))))
        #expect(conversation.isFree)
    }

    @Test("An event that was read is an end too")
    func read() {
        var conversation = connected()
        _ = conversation.begin(.read(event: 3), dueAt: .at(5), at: .at(5))
        #expect(conversation.answered(.event, at: .at(9)) == Step(.takeNext, .read(dueAt: .at(5))))
    }

    @Test("A booking in the line is asked for at once, and followed to its outcome")
    func followed() {
        var conversation = following()
        #expect(
            conversation.answered(.decided(Self.confirmed), at: .at(400))
                == Step(.takeNext, .decided(Self.confirmed, dueAt: .at(0))))
    }

    @Test("A long poll that ends with nothing new is repeated at once, a quick one is not")
    func polledAgain() {
        let pending = LoadAnswer.pending(id: "b1", retryAfter: .seconds(1))
        var slow = following()
        #expect(slow.answered(pending, at: .at(30_020)) == Step(.send(.ask(id: "b1"))))
        var quick = following()
        #expect(quick.answered(pending, at: .at(21)) == Step(.wake(at: .at(1_020))))
        #expect(quick.isBusy)
        #expect(quick.woken(at: .at(1_020)) == Step(.send(.ask(id: "b1"))))
    }

    @Test("Whoever is refused in the closed loop waits as long as asked, and then takes the next")
    func refused() {
        var conversation = asking()
        let note = ConversationNote.refused(Self.overloaded, saysWhen: true, dueAt: .at(0))
        #expect(
            conversation.answered(.refused(Self.overloaded, retryAfter: .seconds(1)), at: .at(30))
                == Step(.wake(at: .at(1_030)), note))
        #expect(!conversation.isBusy)
        #expect(conversation.woken(at: .at(1_030)) == Step(.takeNext))
    }

    @Test(
        "A pause is never nothing and never long",
        arguments: [(nil, 50), (0, 50), (2, 2_000), (3_600, 5_000)])
    func pauses(seconds: Int64?, expected: Int64) {
        var conversation = asking()
        let step = conversation.answered(
            .refused(Self.overloaded, retryAfter: seconds.map { .seconds($0) }), at: .at(0))
        #expect(step.action == .wake(at: .at(expected)))
    }

    @Test("In the open loop a refusal makes the connection free at once")
    func refusedInOpenLoop() {
        var conversation = asking(closedLoop: false)
        let step = conversation.answered(
            .refused(Self.overloaded, retryAfter: nil), at: .at(30))
        #expect(
            step
                == Step(
                    .takeNext, .refused(Self.overloaded, saysWhen: false, dueAt: .at(0))))
    }

    @Test("A refusal of a long poll is counted, and the booking is asked for again")
    func refusedWhileFollowing() {
        var conversation = following()
        let step = conversation.answered(
            .refused(Self.overloaded, retryAfter: .seconds(1)), at: .at(30))
        #expect(step.action == .wake(at: .at(1_030)))
        #expect(conversation.woken(at: .at(1_030)) == Step(.send(.ask(id: "b1"))))
    }

    @Test(
        "A connection that ends before the answer is a fault, and is made anew more and more slowly"
    )
    func closed() {
        var conversation = asking()
        #expect(
            conversation.broke(.closed)
                == Step(.connect(after: .milliseconds(50)), .failed(.closed)))
        #expect(!conversation.isBusy)
        for pause: Int64 in [100, 200, 400, 800, 800] {
            #expect(
                conversation.connectFailed("refused")
                    == Step(.connect(after: .milliseconds(pause)), .failed(.unconnected("refused")))
            )
        }
        #expect(conversation.connected(at: .at(90)) == Step(.takeNext))
    }

    @Test("An idle connection may end without fault")
    func closedWhileFree() {
        var conversation = connected()
        #expect(conversation.broke(.closed) == Step(.connect(after: .milliseconds(50))))
        #expect(conversation.broke(.closed) == Step(.nothing))
    }

    @Test("An accepted booking is followed over the next connection")
    func followedOverConnections() {
        var conversation = following()
        #expect(conversation.broke(.closed).note == .failed(.closed))
        #expect(conversation.isBusy)
        #expect(conversation.connected(at: .at(99)) == Step(.send(.ask(id: "b1"))))
    }

    @Test("A connection that ends in a pause is made anew after it")
    func closedInPause() {
        var conversation = asking()
        _ = conversation.answered(.refused(Self.overloaded, retryAfter: nil), at: .at(0))
        #expect(conversation.broke(.closed) == Step(.nothing))
        #expect(conversation.woken(at: .at(50)) == Step(.connect(after: .zero)))
        #expect(conversation.connected(at: .at(51)) == Step(.takeNext))
    }

    @Test("An accepted booking that is not known any more is lost")
    func unknown() {
        var conversation = following()
        let answer = LoadAnswer.unexpected(Refusal(status: 404, slug: "not-found"))
        #expect(conversation.answered(answer, at: .at(30)) == Step(.takeNext, .lost(.unknown)))
    }

    @Test("Any other answer that is not understood is a fault; a booking is asked for again")
    func unexpected() {
        let answer = Refusal(status: 500, slug: "internal-error")
        var asking = asking()
        #expect(
            asking.answered(.unexpected(answer), at: .at(0))
                == Step(.wake(at: .at(50)), .failed(.unexpected(answer))))
        #expect(!asking.isBusy)
        var following = following()
        _ = following.answered(.unreadable(status: 200), at: .at(0))
        #expect(following.isBusy)
    }

    @Test("An answer is overdue only after the time-out, counted from the last message")
    func overdue() {
        let conversation = following()
        #expect(!conversation.isOverdue(at: .at(45_020)))
        #expect(conversation.isOverdue(at: .at(45_021)))
        #expect(!connected().isOverdue(at: .at(1_000_000)))
    }

    @Test("Given up, an accepted booking is lost and one without an answer a time-out")
    func givenUp() {
        var followed = following()
        #expect(followed.giveUp() == Step(.hangUp, .lost(.undecided)))
        #expect(followed.connected(at: .at(0)) == Step(.hangUp))
        var asked = asking()
        #expect(asked.giveUp() == Step(.hangUp, .failed(.timedOut)))
        #expect(asked.answered(.decided(Self.confirmed), at: .at(0)) == Step(.nothing))
        var free = connected()
        #expect(free.giveUp() == Step(.hangUp))
        var disconnected = following()
        _ = disconnected.broke(.closed)
        #expect(disconnected.giveUp() == Step(.hangUp, .lost(.undecided)))
    }
}
