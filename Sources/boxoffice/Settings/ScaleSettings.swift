import AMQP
import BookingWorker
import Postgres

/// Everything `boxoffice scale` has to know.
struct ScaleSettings: Sendable {
    /// The port of livez, readyz and metrics, unless set.
    static let managementPort = 8083

    let log: LogSettings
    let shards: [PostgresConfiguration]
    let broker: AMQPConfiguration
    let brokerMetricsURLs: [String]
    let management: Endpoint
    /// What the workers' names begin with.
    let name: String
    let workersMin: Int
    let workersMax: Int
    let drainTarget: Duration
    let quietPeriod: Duration
    let workerRate: Int
    let drainTimeout: Duration

    /// - Parameters:
    ///   - reading: Where the settings are written.
    ///   - startsWorkers: Whether everything that workers need must be there too.
    /// - Throws: ``SettingsError`` with everything that is wrong.
    init(_ reading: inout SettingReading, startsWorkers: Bool) throws(SettingsError) {
        let log = LogSettings(&reading)
        if startsWorkers {
            _ = reading.value(of: Settings.directoryURL)
            _ = reading.value(of: Settings.shardConnections)
            _ = MessageAcceptance(&reading)
        }
        let shards = reading.value(of: Settings.shardURLs)
        let broker = reading.value(of: Settings.brokerURL)
        let brokerMetricsURLs = reading.value(of: Settings.brokerMetricsURLs)
        let management = Endpoint.management(&reading, defaultPort: Self.managementPort)
        let name = reading.value(of: Settings.workerName)
        let workersMin = reading.value(of: Settings.workersMin)
        let workersMax = reading.value(of: Settings.workersMax)
        let drainTarget = reading.value(of: Settings.drainTarget)
        let quietPeriod = reading.value(of: Settings.quietPeriod)
        let workerRate = reading.value(of: Settings.workerRate)
        let drainTimeout = reading.value(of: Settings.drainTimeout)
        if let workersMin, let max = workersMax ?? nil, workersMin > max {
            reading.refuse(
                [Settings.workersMin.description, Settings.workersMax.description],
                "at least \(workersMin) and at most \(max) workers cannot be")
        }
        if startsWorkers, let shards, let management, let workersMax, management.port != 0 {
            let last = management.port + min(workersMax ?? shards.count, shards.count)
            if last > Int(UInt16.max) {
                reading.refuse(
                    [Settings.managementPort.description, Settings.workersMax.description],
                    "the last worker's management port would be \(last), beyond \(UInt16.max)")
            }
        }
        try reading.finish()
        guard let log, let shards, let broker, let brokerMetricsURLs, let management, let name,
            let workersMin, let workersMax, let drainTarget, let quietPeriod, let workerRate,
            let drainTimeout
        else { throw reading.error }
        self.log = log
        self.shards = shards
        self.broker = broker
        self.brokerMetricsURLs = brokerMetricsURLs
        self.management = management
        self.name = name
        self.workersMin = workersMin
        self.workersMax = workersMax ?? shards.count
        self.drainTarget = drainTarget
        self.quietPeriod = quietPeriod
        self.workerRate = workerRate
        self.drainTimeout = drainTimeout
    }
}
