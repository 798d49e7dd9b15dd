import BookingDomain
import BookingKeys
import Hummingbird
import Logging
import ProblemDetails
import RateLimits

/// The parts of an ingress, put together: the use cases over their stores, and the router over them.
struct IngressApplication: Sendable {
    let catalog: EventCatalog
    let batcher: CommandBatcher
    let recentOutcomes: RecentOutcomes
    let recentChanges: RecentChanges
    let changeLookUps: ChangeLookUps
    let missed: MissedOutcomes
    let lookUps: BookingLookUps
    let leftovers: LeftoverLookUps
    let pages: EventPages
    let hasher: PasswordHasher
    let metrics: IngressMetrics
    let alarms = AlarmClock()
    let stock = StockWatch()
    let limits = LimitWatch()
    let jobs = BackgroundJobs()
    let kinds: KindWatch
    let revocations: RevocationFollower
    private let gate: RateGate
    private let accounts: AccountService
    private let events: EventService
    let submissions: SubmissionService
    private let bookings: BookingService
    private let changes: ChangeService
    private let authentication: Authentication
    let rendered: RenderedEvents
    private let requestDeadline: Duration
    private let crossOrigins: CrossOrigins

    init(
        _ configuration: IngressConfiguration, _ dependencies: IngressDependencies, logger: Logger
    ) async throws(IngressError) {
        guard (1...BookingLimits.shardsMax).contains(dependencies.shardCount) else {
            throw IngressError.badShardCount
        }
        let surroundings = dependencies.surroundings
        let isFollowing = { @Sendable [outcomes = dependencies.outcomes] in outcomes.isConnected }
        let keys = SecretKeys(dependencies.secrets)
        let identity = BookingIdentity(keys)
        let revoked = RevokedSessions()
        let tokens = await SessionTokens(
            keys: keys, lifetime: configuration.tokenLifetime, revoked: revoked,
            random: surroundings.random)
        revocations = RevocationFollower(
            store: dependencies.sessions, revoked: revoked, now: surroundings.now, logger: logger)
        kinds = KindWatch(
            store: dependencies.kinds,
            shards: (0..<dependencies.shardCount).compactMap { ShardNumber($0) },
            readByAll: configuration.kindsReadByAll, logger: logger)
        metrics = IngressMetrics()
        hasher = PasswordHasher(
            threads: configuration.passwordThreads, cost: configuration.passwordCost,
            random: surroundings.random)
        catalog = EventCatalog(
            store: dependencies.events, eventsMax: configuration.catalogEventsMax,
            isFollowing: isFollowing, alarms: alarms, metrics: metrics, logger: logger)
        batcher = CommandBatcher(
            sink: dependencies.commands, limits: BatchLimits(),
            patience: configuration.publishPatience, metrics: metrics, logger: logger)
        recentOutcomes = RecentOutcomes(
            outcomesMax: configuration.outcomesMax, waitersMax: configuration.waitersMax,
            waitersPerUserMax: configuration.waitersPerUserMax, alarms: alarms,
            store: dependencies.bookings, metrics: metrics, logger: logger)
        recentChanges = RecentChanges(
            waitersMax: configuration.waitersMax,
            waitersPerUserMax: configuration.waitersPerUserMax, alarms: alarms)
        changeLookUps = ChangeLookUps(
            store: dependencies.bookings, alarms: alarms, logger: logger)
        missed = MissedOutcomes(recentOutcomes: recentOutcomes, metrics: metrics)
        lookUps = BookingLookUps(store: dependencies.bookings, alarms: alarms, logger: logger)
        leftovers = LeftoverLookUps(
            store: dependencies.bookings, alarms: alarms, logger: logger)
        gate = RateGate(
            dependencies.limiter, mode: configuration.rateLimits, random: surroundings.random,
            logger: logger)
        accounts = AccountService(
            users: dependencies.users, events: dependencies.events, hasher: hasher, tokens: tokens,
            sessions: dependencies.sessions, revoked: revoked,
            limits: SignInLimits(
                gate: gate, authenticator: HMACAuthenticator(key: keys.rateLimits)),
            surroundings: surroundings, logger: logger)
        events = EventService(
            events: dependencies.events, users: dependencies.users,
            quota: EventQuota(
                eventsMax: configuration.organizerEventsMax, store: dependencies.events),
            catalog: catalog,
            commands: dependencies.commands, jobs: jobs, shardCount: dependencies.shardCount,
            surroundings: surroundings, logger: logger)
        submissions = SubmissionService(
            catalog: catalog, stock: stock, kinds: kinds, limits: limits, batcher: batcher,
            recentOutcomes: recentOutcomes, lookUps: lookUps, leftovers: leftovers,
            identity: identity,
            alarms: alarms,
            gate: gate,
            deadline: configuration.requestDeadline, lineWaitMax: configuration.lineWaitMax,
            metrics: metrics, now: surroundings.now)
        bookings = BookingService(
            catalog: catalog, recentOutcomes: recentOutcomes, store: dependencies.bookings,
            lookUps: lookUps, identity: identity, isFollowing: isFollowing, now: surroundings.now)
        changes = ChangeService(
            bookings: bookings, changes: recentChanges, lookUps: changeLookUps, kinds: kinds,
            batcher: batcher, identity: identity, metrics: metrics, now: surroundings.now)
        pages = EventPages(
            store: dependencies.events, catalog: catalog, alarms: alarms, metrics: metrics,
            logger: logger)
        rendered = RenderedEvents(eventsMax: configuration.catalogEventsMax)
        authentication = Authentication(tokens: tokens, now: surroundings.now)
        requestDeadline = configuration.requestDeadline
        crossOrigins = configuration.crossOrigins
    }

    /// Answers whatever is asked of the API.
    func responder(logger: Logger) -> RequestResponder {
        RequestResponder(
            routed: router().buildResponder(),
            submissions: SubmissionHandler(
                submissions: submissions, authentication: authentication, gate: gate,
                access: access),
            access: access, origins: crossOrigins.ifAny, requestDeadline: requestDeadline,
            alarms: alarms,
            refusals: RefusalNotes(logger: logger), logger: logger)
    }

    private var access: AccessLog { AccessLog(metrics: metrics) }

    /// The router of the whole API.
    func router() -> Router<IngressContext> {
        let router = Router(
            context: IngressContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: ProblemMiddleware())
        router.add(middleware: PlainPathMiddleware())
        let routes = Routes(
            router: router,
            admission: Admission(gate: gate, authentication: authentication))
        UserHandlers(accounts: accounts).register(on: routes)
        SessionHandlers(accounts: accounts).register(on: routes)
        EventHandlers(events: events, pages: pages, rendered: rendered).register(on: routes)
        BookingHandlers(bookings: bookings).register(on: routes)
        ChangeHandlers(changes: changes).register(on: routes)
        ProblemPages().register(on: routes)
        router.refuseOtherMethods(besides: [SubmissionHandler.path.description: [.post]])
        return router
    }
}
