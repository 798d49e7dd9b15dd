import BookingKeys
import BookingWorker

/// What is signed and authenticated with.
///
/// A list takes turns: the first makes what is new, and the others are for what they made, or will make.
extension Settings {
    private static let secretAllowed =
        "at least \(2 * secretBytesMin) hexadecimal digits or \(secretBytesMin) bytes, made by chance: "
        + "'openssl rand -base64 32' makes one"
    private static let secretsAllowed =
        "1 to \(SecretList.secretsMax) secrets with commas or line breaks between them, each \(secretAllowed)"

    static let secret = Setting<[UInt8]?>(
        "secret",
        "What booking ids and sessions are signed with, the same on every ingress instance. It does for the "
            + "three that follow where they are not set, and is not needed where all are.",
        allowed: secretAllowed, computed: "none; then the three must be set", isSecret: true,
        fallback: { nil },
        parse: { text throws(SettingRefusal) in try SettingValue.secret(text) })

    static let tokenSecrets = Setting<SecretList?>(
        "token-secrets",
        "What sessions are signed with: the first signs, and the others are for those signed before, or soon.",
        allowed: secretsAllowed, computed: "secret", isSecret: true, fallback: { nil },
        parse: { text throws(SettingRefusal) in try SettingValue.secrets(text) })

    static let idSecrets = Setting<SecretList?>(
        "id-secrets", "The same for booking ids.", allowed: secretsAllowed, computed: "secret",
        isSecret: true, fallback: { nil },
        parse: { text throws(SettingRefusal) in try SettingValue.secrets(text) })

    static let commandSecrets = Setting<SecretList?>(
        "command-secrets",
        "What ingresses and 'dead replay' authenticate commands with, for workers to know them by; none: they "
            + "carry no code, and nobody asks for one.",
        allowed: secretsAllowed, computed: "none", isSecret: true, fallback: { nil },
        parse: { text throws(SettingRefusal) in try SettingValue.secrets(text) })

    static let commandAuthentication = Setting<CommandAuthentication>(
        "command-authentication",
        "Whether workers take commands without a code: 'accept' does, and counts them; with 'require' they "
            + "go to the dead letters, as those with a wrong code always do.",
        allowed: CommandAuthentication.allCases.map(\.rawValue).joined(separator: ", "),
        default: "accept", parse: SettingValue.choice(CommandAuthentication.self))

    static let bookingSecret = Setting<[UInt8]?>(
        "booking-secret",
        "What a request is told by when it is sent again. It never changes: with another one, what is sent "
            + "again would be booked twice.",
        allowed: secretAllowed, computed: "secret", isSecret: true, fallback: { nil },
        parse: { text throws(SettingRefusal) in try SettingValue.secret(text) })
}
