// The interface: engine state, language and theme around the frame. Its folders: docs/ARCHITECTURE.md, "The interface".
import { QueryClientProvider } from '@tanstack/react-query';
import { useEffect, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { I18nProvider } from 'react-aria-components';
import type { Settings } from '../electron/contract/api/app.ts';
import { FatalScreen } from './frame/fatal-screen.tsx';
import { Frame } from './frame/frame.tsx';
import { useTheme } from './frame/theme.ts';
import { setLanguage } from './i18n/i18n.ts';
import { LANGUAGES, type Language } from './i18n/languages.ts';
import { queryClient, useCall } from './state/calls.ts';
import { useEngineState } from './state/client.ts';
import { reportFailure } from './state/report-failure.ts';

export function App(): ReactNode {
  const { i18n } = useTranslation();
  return (
    <QueryClientProvider client={queryClient}>
      <I18nProvider locale={i18n.language}>
        <Window />
      </I18nProvider>
    </QueryClientProvider>
  );
}

function isLanguage(code: string | undefined): code is Language {
  return code !== undefined && code in LANGUAGES;
}

function Window(): ReactNode {
  const engine = useEngineState();
  const { data: settings, error } = useCall('settings.get', {});
  useTheme(settings?.theme ?? 'system');
  const isSpoken = useLanguage(settings);
  if (engine.state === 'failed') return <FatalScreen error={engine.error} />;
  if (error !== null) return <FatalScreen error={error.toData()} />;
  // The engine answers within a moment; a skeleton would only flash.
  return settings === undefined || !isSpoken ? null : <Frame settings={settings} />;
}

/** @returns whether the page speaks: nothing flashes by in a language that was not wanted */
function useLanguage(settings: Settings | undefined): boolean {
  const [isSpoken, setSpoken] = useState(false);
  const isKnown = settings !== undefined;
  const wanted = settings?.language;
  useEffect(() => {
    if (!isKnown) return;
    // where its texts cannot be read, what is spoken already has to do
    const done = setLanguage(isLanguage(wanted) ? wanted : undefined).catch(reportFailure);
    void done.then(() => setSpoken(true));
  }, [isKnown, wanted]);
  return isSpoken;
}
