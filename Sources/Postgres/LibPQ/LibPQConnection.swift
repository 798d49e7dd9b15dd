internal import CLibPQ
internal import Logging

/// A connection of libpq, owned by one thread: the only code that touches its pointers.
struct LibPQConnection: ~Copyable {
    /// What a connection being opened waits for.
    enum OpeningStep {
        case read, write, connected, failed
    }

    enum TransactionStatus {
        case idle, active, failed, unknown
    }

    // SAFETY: the pointer never leaves this file, and this value, not being copyable, never leaves
    // the thread that opened it.
    private let pointer: OpaquePointer
    private let notices: NoticeLog

    /// Begins to connect; nil if there is no memory for it.
    init?(opening string: ConnectionString, logger: Logger) {
        guard let pointer = PQconnectStart(string.keywordForm) else { return nil }
        self.pointer = pointer
        self.notices = NoticeLog(logger: logger)
        // Verbose, because SQLSTATEs of a failed attempt are to be had from the message alone.
        PQsetErrorVerbosity(pointer, PQERRORS_VERBOSE)
        // SAFETY: libpq calls back only from within its own calls, while `notices` is alive.
        PQsetNoticeReceiver(
            pointer,
            { context, result in
                guard let context, let result else { return }
                Unmanaged<NoticeLog>.fromOpaque(context).takeUnretainedValue()
                    .record(Self.failure(of: result))
            }, Unmanaged.passUnretained(notices).toOpaque())
    }

    deinit {
        PQfinish(pointer)
    }

    /// The descriptor to poll; it can change while the connection is being opened.
    var socket: Int32 { PQsocket(pointer) }

    var isBroken: Bool { PQstatus(pointer) == CONNECTION_BAD }

    var transactionStatus: TransactionStatus {
        switch PQtransactionStatus(pointer) {
        case PQTRANS_IDLE: .idle
        case PQTRANS_INTRANS, PQTRANS_ACTIVE: .active
        case PQTRANS_INERROR: .failed
        default: .unknown
        }
    }

    /// Goes on connecting; call it when what it asked for the last time is possible.
    mutating func continueOpening() -> OpeningStep {
        switch PQconnectPoll(pointer) {
        case PGRES_POLLING_READING: .read
        case PGRES_POLLING_WRITING: .write
        case PGRES_POLLING_OK: .connected
        default: .failed
        }
    }

    /// Makes the open connection non-blocking and puts it into pipeline mode.
    mutating func prepareForUse() -> Bool {
        PQsetnonblocking(pointer, 1) == 0 && PQenterPipelineMode(pointer) == 1
    }

    /// Why the connection could not be opened, or broke.
    var failure: ServerFailure {
        let text = String(cString: PQerrorMessage(pointer))
        return ConnectionMessage.parse(text)
    }
}

// Sending. Every call answers whether libpq took the message; the bytes go out with `flush`.
extension LibPQConnection {
    mutating func sendPrepare(name: String, sql: String, oids: [UInt32]) -> Bool {
        PQsendPrepare(pointer, name, sql, Int32(oids.count), oids) == 1
    }

    /// Executes a prepared statement.
    mutating func sendExecute(name: String, parameters: PostgresParameters) -> Bool {
        send(parameters) { count, values, lengths, formats in
            PQsendQueryPrepared(pointer, name, count, values, lengths, formats, 1)
        }
    }

    /// Executes a statement that is not kept.
    mutating func sendOnce(sql: String, parameters: PostgresParameters) -> Bool {
        send(parameters) { count, values, lengths, formats in
            PQsendQueryParams(pointer, sql, count, parameters.oids, values, lengths, formats, 1)
        }
    }

    private func send(
        _ parameters: PostgresParameters,
        with call: (Int32, [UnsafePointer<CChar>?], [Int32], [Int32]) -> Int32
    ) -> Bool {
        let lengths = parameters.places.map { Int32(truncatingIfNeeded: $0?.length ?? 0) }
        let formats = [Int32](repeating: 1, count: lengths.count)
        // SAFETY: libpq copies the values before the call returns, while `bytes` stays where it is.
        return parameters.bytes.withUnsafeBytes { bytes in
            let base = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            let values = parameters.places.map { $0.flatMap { base?.advanced(by: $0.offset) } }
            return call(Int32(lengths.count), values, lengths, formats)
        } == 1
    }

    /// Ends the pipeline: what came before is committed, or all of it undone.
    mutating func sendSync() -> Bool {
        PQpipelineSync(pointer) == 1
    }

    /// Sends any number of statements as one text; not in pipeline mode.
    mutating func sendScript(_ script: String) -> Bool {
        PQsendQuery(pointer, script) == 1
    }

    mutating func setPipelineMode(_ isOn: Bool) -> Bool {
        (isOn ? PQenterPipelineMode(pointer) : PQexitPipelineMode(pointer)) == 1
    }

    /// Hands the kernel as much as it takes; true when nothing is left, nil when the connection broke.
    mutating func flush() -> Bool? {
        switch PQflush(pointer) {
        case 0: true
        case 1: false
        default: nil
        }
    }
}

// Receiving.
extension LibPQConnection {
    /// Takes in what the socket has; false when the connection broke.
    mutating func consumeInput() -> Bool {
        PQconsumeInput(pointer) == 1
    }

    /// What comes next, nil if it has not fully arrived.
    mutating func nextEvent() -> ServerEvent? {
        guard PQisBusy(pointer) == 0 else { return nil }
        guard let result = PQgetResult(pointer) else { return .endOfStatement }
        defer { PQclear(result) }
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
            return .result(Self.table(of: result))
        case PGRES_PIPELINE_SYNC: return .synchronized
        case PGRES_PIPELINE_ABORTED: return .skipped
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH: return .copyRequested
        default: return .failure(Self.failure(of: result))
        }
    }

    mutating func nextNotification() -> PostgresNotification? {
        guard let notify = PQnotifies(pointer) else { return nil }
        defer { PQfreemem(notify) }
        return PostgresNotification(
            channel: String(cString: notify.pointee.relname),
            payload: String(cString: notify.pointee.extra),
            senderProcessID: notify.pointee.be_pid)
    }

    private static func table(of result: OpaquePointer) -> ResultTable {
        let (rows, columns) = (PQntuples(result), PQnfields(result))
        var table = ResultTable(
            columns: (0..<columns).map { column in
                .init(
                    name: PQfname(result, column).map { String(cString: $0) } ?? "",
                    oid: PQftype(result, column))
            })
        table.commandTag = String(cString: PQcmdStatus(result))
        if rows > 1 { table.reserve(Int(PQresultMemorySize(result))) }
        for row in 0..<rows {
            for column in 0..<columns {
                guard PQgetisnull(result, row, column) == 0 else {
                    table.appendNull()
                    continue
                }
                // SAFETY: the value is copied at once, before the result is cleared.
                let value = UnsafeRawBufferPointer(
                    start: PQgetvalue(result, row, column),
                    count: Int(PQgetlength(result, row, column)))
                table.append(value.bytes)
            }
            table.endRow()
        }
        return table
    }

    private static func failure(of result: OpaquePointer) -> ServerFailure {
        func field(_ code: Int32) -> String? {
            PQresultErrorField(result, code).map { String(cString: $0) }
        }
        return ServerFailure(
            severity: field(clibpq_diag_severity),
            sqlState: field(clibpq_diag_sqlstate).map(SQLState.init(rawValue:)),
            message: field(clibpq_diag_message)
                ?? ConnectionMessage.parse(String(cString: PQresultErrorMessage(result))).message,
            table: field(clibpq_diag_table),
            constraint: field(clibpq_diag_constraint),
            function: field(clibpq_diag_function))
    }
}
