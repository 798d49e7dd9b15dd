import FoundationEssentials

/// The folder of one run: `run.json`, which says what it was, and `history.jsonl`, what happened.
package struct RunFolder: Hashable, Sendable {
    package let path: String

    /// Names the folder, which must exist before anything is written.
    package init(_ path: String) {
        self.path = path
    }

    package var descriptionPath: String { path + "/run.json" }
    package var historyPath: String { path + "/history.jsonl" }

    /// Writes `run.json` so that a reader finds the old one or the new one, never half of one.
    package func write(_ run: RunDescription) throws(HistoryError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            let data = try encoder.encode(run) + Data("\n".utf8)
            try data.write(to: URL(filePath: descriptionPath), options: .atomic)
        } catch {
            throw HistoryError(code: .file, path: descriptionPath, detail: "\(error)")
        }
    }

    /// Reads `run.json`.
    package func readDescription() throws(HistoryError) -> RunDescription {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: descriptionPath))
        } catch {
            throw HistoryError(code: .file, path: descriptionPath, detail: "cannot be read")
        }
        do {
            return try JSONDecoder().decode(RunDescription.self, from: data)
        } catch {
            throw HistoryError(
                code: .format, path: descriptionPath,
                detail: "not a run's description: \(error.inWords)")
        }
    }

    /// Opens `history.jsonl` for adding to it.
    package func openHistory() throws(HistoryError) -> HistoryWriter {
        try HistoryWriter(path: historyPath)
    }

    /// Reads `history.jsonl` from the beginning, one record at a time.
    package var history: HistoryReader { HistoryReader(path: historyPath) }
}
