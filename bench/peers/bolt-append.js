// Appends each command to a file and syncs it before the acknowledgement. The
// write and the sync are asynchronous, so that commands overlap.
const fs = require('fs');
const path = require('path');
const { promisify } = require('util');

const file = fs.openSync(path.join(process.env.LOAD_DIR, 'commands.jsonl'), 'a');
const write = promisify(fs.write);
const sync = promisify(fs.fdatasync);

require('./app')(async (command) => {
  await write(file, JSON.stringify(command) + '\n');
  await sync(file);
});
