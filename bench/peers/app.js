// A Bolt app on Socket Mode, as in Bolt's own guide. keep stores a command and
// resolves once it is stored; the command is acknowledged after that.
const { App, LogLevel } = require('@slack/bolt');

module.exports = async function start(keep) {
  const app = new App({
    token: process.env.SLACK_BOT_TOKEN,
    appToken: process.env.SLACK_APP_TOKEN,
    socketMode: true,
    logLevel: LogLevel.WARN,
    clientOptions: { slackApiUrl: process.env.SLACK_API_URL },
  });
  app.command('/s3share', async ({ command, ack }) => {
    await keep(command);
    await ack();
  });
  app.action('approve', async ({ ack }) => ack());
  await app.start();
};
