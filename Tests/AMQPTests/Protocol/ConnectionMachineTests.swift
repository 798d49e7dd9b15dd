import Testing

@testable import AMQP

@Suite("The frame machine")
struct ConnectionMachineTests {
    private let start = ContinuousClock.now
    private var later: ContinuousClock.Instant { start.advanced(by: .seconds(5)) }

    /// A machine with one open channel, number 1.
    private func open(confirming: Bool = false) -> (ConnectionMachine, ChannelID) {
        var machine = ConnectionMachine(channelMax: 10)
        _ = machine.openChannel(ticket: 1, deadline: later)
        _ = machine.received(.method(.reply(.channelOpenOK, .done), on: 1))
        let id = ChannelID(number: 1, serial: 1)
        if confirming {
            _ = machine.request(.confirmSelect, on: id, ticket: 2, deadline: later)
            _ = machine.received(.method(.reply(.confirmSelectOK, .done), on: 1))
        }
        return (machine, id)
    }

    private let message = Publication(
        exchange: "e", routingKey: "k", isMandatory: true,
        publishing: AMQPPublishing(body: [1], messageID: "m"))

    private func declare(_ name: String) -> OutboundMethod {
        .queueDeclare(AMQPQueueDeclaration(name: name))
    }

    private func declared(_ name: String) -> InboundFrame {
        let status = AMQPQueueStatus(name: name, messageCount: 0, consumerCount: 0)
        return .method(.reply(.queueDeclareOK, .queue(status)), on: 1)
    }

    @Test("a channel opens on the lowest free number, with a serial of its own")
    func opening() {
        var machine = ConnectionMachine(channelMax: 10)
        #expect(machine.openChannel(ticket: 7, deadline: later) == [.send(.channelOpen, on: 1)])
        #expect(machine.openChannel(ticket: 8, deadline: later) == [.send(.channelOpen, on: 2)])
        let actions = machine.received(.method(.reply(.channelOpenOK, .done), on: 2))
        #expect(actions == [.answer(8, .success(.opened(ChannelID(number: 2, serial: 2))))])
    }

    @Test("when every number is taken no channel opens")
    func numbersRunOut() {
        var machine = ConnectionMachine(channelMax: 2)
        _ = machine.openChannel(ticket: 1, deadline: later)
        _ = machine.openChannel(ticket: 2, deadline: later)
        let actions = machine.openChannel(ticket: 3, deadline: later)
        guard case .answer(3, .failure(let error)) = actions.first else {
            Issue.record("\(actions)")
            return
        }
        #expect(error.code == .overloaded)
    }

    @Test("replies go to their requests in order, even after one has timed out")
    func lateReply() {
        var (machine, id) = open()
        _ = machine.request(declare("a"), on: id, ticket: 10, deadline: start)
        _ = machine.request(declare("b"), on: id, ticket: 11, deadline: later)
        let expired = machine.expire(at: start)
        guard case .answer(10, .failure(let error)) = expired.first else {
            Issue.record("\(expired)")
            return
        }
        #expect(error.code == .timeout)
        #expect(machine.received(declared("a")) == [])
        let status = AMQPQueueStatus(name: "b", messageCount: 0, consumerCount: 0)
        #expect(machine.received(declared("b")) == [.answer(11, .success(.queue(status)))])
    }

    @Test("a reply nobody asked for ends the connection")
    func strayReply() {
        var (machine, _) = open()
        let actions = machine.received(declared("a"))
        guard case .ended(let error?) = actions.last else {
            Issue.record("\(actions)")
            return
        }
        #expect(error.code == .protocolViolation)
    }

    @Test("the broker closing a channel fails who waits on it, and frees the number")
    func channelClosedByBroker() {
        var (machine, id) = open(confirming: true)
        _ = machine.request(declare("a"), on: id, ticket: 10, deadline: later)
        _ = machine.publish(message, on: id, ticket: 11, deadline: later)
        let error = AMQPError(.channelClosed, "PRECONDITION_FAILED", replyCode: 406)
        let actions = machine.received(
            .method(.channelClose(code: 406, text: "PRECONDITION_FAILED"), on: 1))
        #expect(
            actions == [
                .send(.channelCloseOK, on: 1), .answer(10, .failure(error)),
                .settle(11, .failure(error)), .channelEnded(id, error),
            ])
        #expect(!error.isSafeToRetry)
        _ = machine.openChannel(ticket: 12, deadline: later)
        let reopened = machine.received(.method(.reply(.channelOpenOK, .done), on: 1))
        #expect(reopened == [.answer(12, .success(.opened(ChannelID(number: 1, serial: 2))))])
        // The one that held the number before cannot speak for the new one.
        #expect(machine.send(.ack(deliveryTag: 1, multiple: false), on: id) == [])
    }

    @Test("a channel we close keeps its number until the broker's reply")
    func channelClosedByUs() {
        var (machine, id) = open()
        _ = machine.request(declare("a"), on: id, ticket: 10, deadline: later)
        let actions = machine.closeChannel(id, ticket: 11, deadline: later)
        #expect(actions.contains(.send(.channelClose, on: 1)))
        #expect(machine.openChannel(ticket: 12, deadline: later) == [.send(.channelOpen, on: 2)])
        // The reply to the declaration was on its way already.
        #expect(machine.received(declared("a")) == [])
        #expect(
            machine.received(.method(.reply(.channelCloseOK, .done), on: 1))
                == [.answer(11, .success(.done))])
        #expect(machine.openChannel(ticket: 13, deadline: later) == [.send(.channelOpen, on: 1)])
    }

    @Test("both sides closing a channel at once is settled by both replies")
    func crossingCloses() {
        var (machine, id) = open()
        _ = machine.closeChannel(id, ticket: 11, deadline: later)
        #expect(
            machine.received(.method(.channelClose(code: 406, text: "x"), on: 1))
                == [.send(.channelCloseOK, on: 1)])
        #expect(
            machine.received(.method(.reply(.channelCloseOK, .done), on: 1))
                == [.answer(11, .success(.done))])
    }

    @Test("a message under way when we close the channel is swallowed whole")
    func closeWithinMessage() {
        var (machine, id) = open()
        let head = DeliveryHead(
            consumerTag: "c", deliveryTag: 1, isRedelivered: false, exchange: "", routingKey: "k")
        _ = machine.received(.method(.deliver(head), on: 1))
        _ = machine.closeChannel(id, ticket: 11, deadline: later)
        #expect(machine.received(.header(bodyBytes: 2, AMQPProperties(), on: 1)) == [])
        #expect(machine.received(.body([1, 2], on: 1)) == [])
        #expect(machine.phase == .open)
    }

    @Test("an opening nobody waits for any more is closed again")
    func abandonedOpening() {
        var machine = ConnectionMachine(channelMax: 10)
        _ = machine.openChannel(ticket: 1, deadline: start)
        let actions = machine.expire(at: start)
        #expect(actions.contains(.send(.channelClose, on: 1)))
        #expect(machine.received(.method(.reply(.channelOpenOK, .done), on: 1)) == [])
        #expect(machine.received(.method(.reply(.channelCloseOK, .done), on: 1)) == [])
        #expect(machine.openChannel(ticket: 2, deadline: later) == [.send(.channelOpen, on: 1)])
    }

    @Test("while the broker blocks publishing, a publish fails at once and is safe to retry")
    func blocked() {
        var (machine, id) = open(confirming: true)
        #expect(
            machine.received(.method(.connectionBlocked(reason: "low on memory"), on: 0))
                == [.blocked(true)])
        let refused = machine.publish(message, on: id, ticket: 10, deadline: later)
        #expect(refused == [.settle(10, .failure(.blocked))])
        #expect(AMQPError.blocked.code == .unavailable && AMQPError.blocked.isSafeToRetry)
        // Everything but publishing goes on.
        #expect(
            machine.request(declare("a"), on: id, ticket: 11, deadline: later)
                == [.send(declare("a"), on: 1)])
        #expect(machine.received(.method(.connectionUnblocked, on: 0)) == [.blocked(false)])
        #expect(
            machine.publish(message, on: id, ticket: 12, deadline: later)
                == [.publish(message, on: 1)])
    }

    @Test("a publish in flight when the broker blocks still gets its confirm")
    func blockedInFlight() {
        var (machine, id) = open(confirming: true)
        _ = machine.publish(message, on: id, ticket: 10, deadline: later)
        _ = machine.received(.method(.connectionBlocked(reason: ""), on: 0))
        let confirm = InboundMethod.confirm(deliveryTag: 1, multiple: false, isPositive: true)
        #expect(
            machine.received(.method(confirm, on: 1)) == [.settle(10, .success(.confirmed))])
    }

    @Test("a publish without confirms is refused")
    func unconfirmedPublish() {
        var (machine, id) = open()
        let actions = machine.publish(message, on: id, ticket: 10, deadline: later)
        guard case .settle(10, .failure(let error)) = actions.first else {
            Issue.record("\(actions)")
            return
        }
        #expect(error.code == .invalidRequest)
    }

    @Test("a return before its confirm makes the outcome, its body is swallowed")
    func returned() {
        var (machine, id) = open(confirming: true)
        _ = machine.publish(message, on: id, ticket: 10, deadline: later)
        let head = ReturnHead(code: 312, text: "NO_ROUTE", exchange: "e", routingKey: "k")
        #expect(machine.received(.method(.returned(head), on: 1)) == [])
        let properties = message.publishing.properties
        #expect(machine.received(.header(bodyBytes: 1, properties, on: 1)) == [])
        #expect(machine.received(.body([1], on: 1)) == [])
        let confirm = InboundMethod.confirm(deliveryTag: 1, multiple: false, isPositive: true)
        let outcome = AMQPConfirmation.returned(code: 312, text: "NO_ROUTE")
        #expect(machine.received(.method(confirm, on: 1)) == [.settle(10, .success(outcome))])
    }

    @Test("the broker closing the connection fails everybody and is answered")
    func connectionClosedByBroker() {
        var (machine, id) = open(confirming: true)
        _ = machine.publish(message, on: id, ticket: 10, deadline: later)
        let error = AMQPError(.connectionClosed, "CONNECTION_FORCED", replyCode: 320)
        let actions = machine.received(
            .method(.connectionClose(code: 320, text: "CONNECTION_FORCED"), on: 0))
        #expect(
            actions == [
                .send(.connectionCloseOK, on: 0), .settle(10, .failure(error)),
                .channelEnded(id, error), .ended(error),
            ])
        #expect(machine.end(nil) == [])
    }

    @Test("a farewell without reply ends by its deadline, and was what we asked for")
    func farewell() {
        var (machine, _) = open()
        let actions = machine.close(deadline: later)
        #expect(actions.last == .send(.connectionClose, on: 0))
        #expect(machine.nextDeadline == later)
        #expect(machine.expire(at: start) == [])
        #expect(machine.expire(at: later) == [.ended(nil)])
    }

    @Test("whatever ends the connection after our farewell is what we asked for")
    func farewellCutShort() {
        var (machine, _) = open()
        _ = machine.close(deadline: later)
        #expect(machine.end(AMQPError(.connectionClosed, "reset")) == [.ended(nil)])
    }
}
