// What can be done with a model, in one or two words.
import { Ban, CircleAlert, CircleSlash } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ModelEntry } from '../../../electron/contract/api/library.ts';
import { Badge } from '../../kit/badge.tsx';

const MARKS = {
  reading: {},
  ready: { tone: 'accent' },
  dense: { icon: CircleSlash },
  refused: { tone: 'caution', icon: Ban },
  unusable: { tone: 'danger', icon: CircleAlert },
} as const;

export function ModelState({ state }: { readonly state: ModelEntry['state'] }): ReactNode {
  const { t } = useTranslation();
  return <Badge {...MARKS[state]}>{t(`models.state.${state}`)}</Badge>;
}
