// `crashReporter`: Crashpad is native; the double holds the app to Electron's arguments.
import type { CrashReporter, CrashReporterStartOptions } from 'electron';

export const crashReporter = {
  start({ uploadToServer = true, submitURL }: CrashReporterStartOptions): void {
    if (uploadToServer && !submitURL) throw new Error('submitURL must be specified when uploadToServer is true');
  },
};

crashReporter satisfies Pick<CrashReporter, 'start'>;
