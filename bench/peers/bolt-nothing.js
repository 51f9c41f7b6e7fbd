// Acknowledges each command and stores nothing: a crash loses it.
require('./app')(async () => {});
