// Inserts each command into SQLite before the acknowledgement. In WAL mode with
// synchronous=FULL each commit is synced.
const path = require('path');
const Database = require('better-sqlite3');

const db = new Database(path.join(process.env.LOAD_DIR, 'commands.db'));
db.pragma('journal_mode = WAL');
db.pragma('synchronous = FULL');
db.exec('CREATE TABLE IF NOT EXISTS commands (id INTEGER PRIMARY KEY, trigger_id TEXT UNIQUE, body TEXT NOT NULL)');
const insert = db.prepare('INSERT INTO commands (trigger_id, body) VALUES (?, ?)');

require('./app')(async (command) => {
  insert.run(command.trigger_id, JSON.stringify(command));
});
