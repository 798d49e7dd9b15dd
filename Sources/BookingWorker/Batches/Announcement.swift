import BookingBroker
import BookingMessages

/// Something that is in the database, for the world to hear of.
enum Announcement: Sendable {
    case outcomes(OutcomeMessage)
    case letter(DeadLetter)
}
