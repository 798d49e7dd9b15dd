import BookingDomain
import JSON
import NIOCore
import Synchronization

/// Events as they are written in answers: each state of an event is written once, however many ask.
final class RenderedEvents: Sendable {
    private struct Rendering {
        let version: Int64
        let body: ByteBuffer
    }

    private let renderings: Mutex<RecentCache<EventID, Rendering>>

    /// The most bytes of events kept.
    static let bytesMax = 64 * 1024 * 1024
    /// What an event takes besides its text.
    private static let overheadBytes = 128

    init(eventsMax: Int) {
        renderings = Mutex(
            RecentCache(capacity: eventsMax, bytesMax: Self.bytesMax) {
                Self.overheadBytes + $0.body.readableBytes
            })
    }

    /// How many bytes the events take that are kept.
    var bytes: Int { renderings.withLock { $0.bytesKept } }

    /// Forgets all: a version may come again with something else in it.
    func forgetAll() {
        renderings.withLock { $0.removeAll() }
    }

    /// The event as JSON.
    func body(of event: Event) -> ByteBuffer {
        let known = renderings.withLock { $0.value(for: event.id) }
        if let known, known.version == event.version { return known.body }
        let body = ByteBuffer(bytes: EventView(event).rendered)
        let rendering = Rendering(version: event.version, body: body)
        renderings.withLock { $0.insert(rendering, for: event.id) }
        return body
    }
}
