package import Addressing
internal import GRDB

/// What was last reported of a consumer: its names are sent once, and again when they change.
package struct ReportedConsumer: Equatable, Sendable {
  package var name: String?
  package var group: String?

  package init(name: String?, group: String?) {
    (self.name, self.group) = (name, group)
  }
}

extension OutboxDatabase {
  /// The consumers of an app whose names were reported, by identifier.
  package func consumers(of app: App) throws(OutboxError) -> [String: ReportedConsumer] {
    try reading { database in
      let sql = """
        SELECT identifier, name, group_name FROM consumer JOIN app ON app.id = consumer.app_id
        WHERE \(appCondition)
        """
      var consumers: [String: ReportedConsumer] = [:]
      let rows = try Row.fetchCursor(
        database, sql: sql, arguments: app.arguments)
      while let row = try rows.next() {
        consumers[try row.value("identifier")] = ReportedConsumer(
          name: try row.value("name"), group: try row.value("group_name"))
      }
      return consumers
    }
  }
}

/// Writes what is reported of a consumer in the open transaction.
func store(
  _ consumer: ReportedConsumer, as identifier: String, appID: Int64, in database: Database
) throws {
  try database.cachedStatement(
    sql: """
      INSERT OR REPLACE INTO consumer (app_id, identifier, name, group_name) VALUES (?, ?, ?, ?)
      """
  ).execute(arguments: [appID, identifier, consumer.name, consumer.group])
}
