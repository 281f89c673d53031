// Answers what a person at the machine would see of the app outside its page.
import { app } from './app.ts';
import { frontWindow } from './browser-window.ts';
import { host } from './host.ts';
import { shownNotifications } from './notification.ts';
import { isPowerBlocked } from './power-save-blocker.ts';
import { revealed } from './shell.ts';

host.serve({
  observe: () => {
    const window = frontWindow();
    return {
      progressBar: window?.progressBar ?? -1,
      notifications: shownNotifications(),
      revealed,
      recentDocuments: app.recentDocuments,
      powerBlocked: isPowerBlocked(),
      bounds: window?.getBounds() ?? null,
    };
  },
});
