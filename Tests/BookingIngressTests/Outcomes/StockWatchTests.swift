import BookingDomain
import BookingMessages
import BookingTestSupport
import Testing

@testable import BookingIngress

struct StockWatchTests {
    private let stock = StockWatch()
    private let event: EventID

    init() throws { event = try TestEvents.event().id }

    private func state(version: Int64, available: [Int]) throws -> EventState {
        EventState(
            id: event, version: version, sequence: version, status: .onSale,
            ticketTypes: try available.enumerated().map { index, available in
                TicketTypeState(
                    number: try TicketTypeNumber(index + 1).orThrow(), capacity: 10,
                    available: available)
            })
    }

    @Test("what is in the basket counts, all of it")
    func baskets() throws {
        stock.heard([try state(version: 2, available: [0, 1])])
        #expect(stock.isSoldOut(event, for: try TestEvents.basket([1: 1])))
        #expect(!stock.isSoldOut(event, for: try TestEvents.basket([2: 5])))
        #expect(stock.isSoldOut(event, for: try TestEvents.basket([1: 1, 2: 1])))
        #expect(!stock.isSoldOut(try TestEvents.event().id, for: try TestEvents.basket([1: 1])))
    }

    @Test("what was heard is believed for a minute")
    func age() throws {
        let (basket, start) = (try TestEvents.basket([1: 1]), ContinuousClock.now)
        stock.heard([try state(version: 2, available: [0])], at: start)
        #expect(stock.isSoldOut(event, for: basket, at: start + .seconds(59)))
        #expect(!stock.isSoldOut(event, for: basket, at: start + .seconds(60)))
        stock.heard([try state(version: 3, available: [0])], at: start + .seconds(60))
        #expect(stock.isSoldOut(event, for: basket, at: start + .seconds(61)))
    }

    @Test("the newest word of a worker counts, whatever comes late, until all is forgotten")
    func versions() throws {
        let basket = try TestEvents.basket([1: 1])
        stock.heard([try state(version: 3, available: [0])])
        stock.heard([try state(version: 2, available: [1])])
        #expect(stock.isSoldOut(event, for: basket))
        stock.heard([try state(version: 4, available: [1])])
        #expect(!stock.isSoldOut(event, for: basket))
        stock.heard([try state(version: 3, available: [0])])
        #expect(!stock.isSoldOut(event, for: basket))
        stock.heard([try state(version: 5, available: [0])])
        stock.forgetAll()
        #expect(!stock.isSoldOut(event, for: basket))
    }
}
