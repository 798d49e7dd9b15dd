import NIOCore

/// Everything that a run does, made ready to be done.
struct LoadPlan: Sendable {
    let configuration: LoadConfiguration
    /// One for each URL, in their order.
    let addresses: [SocketAddress]
    let bytes: RequestBytes
    let mix: RequestMix

    /// What holds for each connection.
    var rules: Conversation.Rules {
        let pausesAfterRefusal =
            switch configuration.pace {
            case .closed: true
            case .open: false
            }
        return Conversation.Rules(
            pausesAfterRefusal: pausesAfterRefusal,
            answerTimeout: TimeAmount(
                .seconds(configuration.waitSeconds) + DrillLimits.exchangeTimeout))
    }
}
