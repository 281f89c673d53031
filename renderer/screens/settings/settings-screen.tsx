// Everything that is set only once, and what the program says about itself.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import { Screen } from '../../kit/screen.tsx';
import { Tabs } from '../../kit/tabs.tsx';
import { useSettings, useViewState } from '../../state/settings.ts';
import { AboutTab } from './about-tab.tsx';
import { ComputingTab } from './computing-tab.tsx';
import { GeneralTab } from './general-tab.tsx';

const TABS = ['general', 'computing', 'about'] as const;
type TabId = (typeof TABS)[number];

export function SettingsScreen(): ReactNode {
  const { t } = useTranslation();
  const settings = useSettings();
  const [tab, setTab] = useViewState<TabId>('settings.tab', z.enum(TABS), 'general');
  if (settings === undefined) return null;
  const contents: Readonly<Record<TabId, ReactNode>> = {
    general: <GeneralTab settings={settings} />,
    computing: <ComputingTab settings={settings} />,
    about: <AboutTab />,
  };
  return (
    <Screen title={t('settings.title')}>
      <Tabs
        label={t('settings.title')}
        tabs={TABS.map((id) => ({ id, label: t(`settings.tab.${id}`), content: contents[id] }))}
        value={tab}
        onChange={setTab}
      />
    </Screen>
  );
}
