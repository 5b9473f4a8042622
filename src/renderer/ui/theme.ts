import {
  ActionIcon,
  Alert,
  Badge,
  Button,
  Checkbox,
  type CSSVariablesResolver,
  createTheme,
  Input,
  InputWrapper,
  Loader,
  type MantineColorsTuple,
  Menu,
  Modal,
  NumberInput,
  PasswordInput,
  rem,
  Select,
  Switch,
  Textarea,
  TextInput,
  Tooltip,
} from '@mantine/core'
import { Eye, EyeOff } from 'lucide-react'
import { createElement } from 'react'

/** The product's own colour: the blue-green of a patina, apart from the colours of the three kinds. */
const patina: MantineColorsTuple = [
  '#eaf6f8',
  '#d5ebef',
  '#abd8e0',
  '#7cc2cf',
  '#4da9ba',
  '#2590a4',
  '#0f778c',
  '#0b6478',
  '#0a5161',
  '#073d4a',
]

const gray: MantineColorsTuple = [
  '#f8f9f9',
  '#f1f3f4',
  '#e7eaeb',
  '#dadfe1',
  '#c3cacd',
  '#9aa4a9',
  '#6b767c',
  '#4a545a',
  '#30383d',
  '#1c2226',
]

/** Text at 0, surfaces at 6 and 7, the page at 8. */
const dark: MantineColorsTuple = [
  '#d6dcdf',
  '#b4bdc2',
  '#98a3a9',
  '#77838a',
  '#3b454b',
  '#2e373c',
  '#242b2f',
  '#1c2225',
  '#16191b',
  '#101314',
]

/** What is lost, refused or dangerous. */
const red: MantineColorsTuple = [
  '#fdeceb',
  '#fad6d3',
  '#f3aaa5',
  '#ff978d',
  '#e5675d',
  '#d6453b',
  '#c4281f',
  '#b3261e',
  '#941f18',
  '#711712',
]

export const monoFont =
  'ui-monospace, "SF Mono", "Cascadia Mono", "JetBrains Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace'

const uiFont =
  'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", "DejaVu Sans", Arial, sans-serif'

const controlHeight = rem(30)

export const theme = createTheme({
  colors: { patina, gray, dark, red },
  primaryColor: 'patina',
  primaryShade: { light: 7, dark: 7 },
  black: '#1c2226',
  fontFamily: uiFont,
  fontFamilyMonospace: monoFont,
  fontSizes: { xs: rem(12), sm: rem(13), md: rem(13), lg: rem(15), xl: rem(18) },
  lineHeights: { xs: '1.4', sm: '1.45', md: '1.45', lg: '1.45', xl: '1.35' },
  spacing: { xs: rem(6), sm: rem(10), md: rem(14), lg: rem(20), xl: rem(28) },
  radius: { xs: rem(3), sm: rem(5), md: rem(6), lg: rem(10), xl: rem(16) },
  fontWeights: { regular: '400', medium: '500', bold: '700' },
  defaultRadius: 'md',
  respectReducedMotion: true,
  cursorType: 'pointer',
  headings: {
    fontFamily: uiFont,
    fontWeight: '600',
    sizes: {
      h1: { fontSize: rem(22), lineHeight: '1.3' },
      h2: { fontSize: rem(17), lineHeight: '1.35' },
      h3: { fontSize: rem(14), lineHeight: '1.4' },
    },
  },
  shadows: {
    sm: '0 1px 2px rgb(16 19 20 / 0.08)',
    md: '0 4px 16px rgb(16 19 20 / 0.12), 0 1px 3px rgb(16 19 20 / 0.08)',
    xl: '0 16px 48px rgb(16 19 20 / 0.22), 0 2px 6px rgb(16 19 20 / 0.1)',
  },
  components: {
    Button: Button.extend({
      defaultProps: { size: 'sm' },
      styles: { root: { fontWeight: 500 } },
      vars: (_theme, { size }) =>
        size === 'sm' ? { root: { '--button-height': controlHeight, '--button-padding-x': rem(12) } } : { root: {} },
    }),
    ActionIcon: ActionIcon.extend({ defaultProps: { variant: 'subtle', color: 'gray', size: rem(28) } }),
    Input: Input.extend({
      vars: (_theme, { size }) =>
        size === 'sm' || size === undefined
          ? { wrapper: { '--input-height': controlHeight, '--input-fz': rem(13) } }
          : { wrapper: {} },
    }),
    InputWrapper: InputWrapper.extend({
      styles: {
        label: { fontWeight: 500, fontSize: rem(12), marginBottom: rem(3) },
        description: { fontSize: rem(12), lineHeight: 1.4 },
        error: { fontSize: rem(12) },
      },
      defaultProps: { inputWrapperOrder: ['label', 'input', 'error', 'description'] },
    }),
    TextInput: TextInput.extend({ defaultProps: { inputWrapperOrder: ['label', 'input', 'error', 'description'] } }),
    NumberInput: NumberInput.extend({
      defaultProps: { inputWrapperOrder: ['label', 'input', 'error', 'description'] },
    }),
    PasswordInput: PasswordInput.extend({
      defaultProps: {
        inputWrapperOrder: ['label', 'input', 'error', 'description'],
        visibilityToggleIcon: ({ reveal }: { reveal: boolean }) => createElement(reveal ? EyeOff : Eye, { size: 15 }),
      },
    }),
    Select: Select.extend({
      defaultProps: { inputWrapperOrder: ['label', 'input', 'error', 'description'], allowDeselect: false },
    }),
    Textarea: Textarea.extend({ defaultProps: { inputWrapperOrder: ['label', 'input', 'error', 'description'] } }),
    Checkbox: Checkbox.extend({ defaultProps: { size: 'xs' } }),
    Switch: Switch.extend({ defaultProps: { size: 'xs' } }),
    Badge: Badge.extend({
      defaultProps: { radius: 'sm', variant: 'light' },
      styles: { root: { textTransform: 'none' } },
    }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 350, withArrow: false, fz: 12 } }),
    Menu: Menu.extend({ defaultProps: { shadow: 'md', withinPortal: true, position: 'bottom-start' } }),
    Modal: Modal.extend({
      defaultProps: {
        centered: true,
        shadow: 'xl',
        padding: 'lg',
        overlayProps: { color: '#0c1012', backgroundOpacity: 0.45 },
        transitionProps: { transition: 'fade', duration: 120 },
      },
      styles: { title: { fontSize: rem(15), fontWeight: 600 }, close: { width: rem(28), height: rem(28) } },
    }),
    Loader: Loader.extend({ defaultProps: { type: 'oval', size: 'sm' } }),
    Alert: Alert.extend({ defaultProps: { variant: 'light' } }),
  },
})

/**
 * The names that our own styles use. Each pair of text and ground keeps a contrast of 4.5 or more.
 * `--kind-*` are the colours of development, staging and production, `--tint-*` those that a person gives a connection; `--part-*` tell the parts of a chart apart, at 3 or more.
 */
export const tokens: CSSVariablesResolver = () => ({
  variables: {
    '--sidebar-width': rem(248),
    '--bar-height': rem(38),
    '--status-height': rem(26),
    '--font-mono': monoFont,
  },
  light: {
    '--mantine-color-body': '#ffffff',
    '--mantine-color-text': gray[9],
    '--mantine-color-dimmed': '#5d686e',
    '--mantine-color-placeholder': '#667177',
    '--mantine-color-anchor': patina[7],
    '--mantine-color-default-border': gray[4],
    '--mantine-color-error': '#b3261e',
    '--ground': '#f6f7f7',
    '--sidebar': '#f1f3f3',
    '--surface': '#ffffff',
    '--raised': '#ffffff',
    '--line': gray[3],
    '--line-soft': gray[2],
    '--hover': 'rgb(28 34 38 / 0.05)',
    '--selected': patina[1],
    '--selected-text': patina[9],
    '--accent': patina[7],
    '--good': '#1b6e3c',
    '--good-ground': '#e3f4e9',
    '--warn': '#8a5300',
    '--warn-ground': '#fdf1d8',
    '--bad': '#b3261e',
    '--bad-ground': '#fdeceb',
    '--info': patina[8],
    '--info-ground': patina[0],
    '--quiet': '#4a545a',
    '--quiet-ground': gray[1],
    '--kind-development': '#2f7d4f',
    '--kind-staging': '#b36b00',
    '--kind-production': '#c4281f',
    '--tint-red': '#b3261e',
    '--tint-orange': '#9a4a00',
    '--tint-yellow': '#7a5c00',
    '--tint-green': '#1b6e3c',
    '--tint-blue': '#1f5fbf',
    '--tint-violet': '#6a3fb5',
    '--tint-pink': '#a8256f',
    '--tint-grey': '#545f66',
    '--part-1': '#4796a6',
    '--part-2': '#b97a1c',
    '--part-3': '#7a6fb0',
    '--part-4': '#4f9158',
    '--part-5': '#b0687f',
    '--part-6': '#7d8990',
  },
  dark: {
    '--mantine-color-body': dark[7],
    '--mantine-color-text': dark[0],
    '--mantine-color-dimmed': dark[2],
    '--mantine-color-placeholder': '#8d989e',
    '--mantine-color-anchor': patina[3],
    '--mantine-color-default': dark[6],
    '--mantine-color-default-hover': dark[5],
    '--mantine-color-default-border': dark[4],
    '--mantine-color-error': '#ff8f85',
    '--ground': dark[8],
    '--sidebar': '#131617',
    '--surface': dark[7],
    '--raised': dark[6],
    '--line': dark[5],
    '--line-soft': dark[6],
    '--hover': 'rgb(214 220 223 / 0.06)',
    '--selected': '#123a44',
    '--selected-text': '#c9edf4',
    '--accent': patina[3],
    '--good': '#7fd6a0',
    '--good-ground': '#17301f',
    '--warn': '#f0bb62',
    '--warn-ground': '#362a12',
    '--bad': '#ff978d',
    '--bad-ground': '#3b1c1a',
    '--info': patina[2],
    '--info-ground': '#0f2f37',
    '--quiet': dark[1],
    '--quiet-ground': dark[6],
    '--kind-development': '#5fbf86',
    '--kind-staging': '#e0a03c',
    '--kind-production': '#f2675c',
    '--tint-red': '#ff978d',
    '--tint-orange': '#f5a562',
    '--tint-yellow': '#e6c65a',
    '--tint-green': '#7fd6a0',
    '--tint-blue': '#8ab8ff',
    '--tint-violet': '#c3a9f7',
    '--tint-pink': '#f49ac1',
    '--tint-grey': '#a9b4ba',
    '--part-1': '#4da9ba',
    '--part-2': '#d9a048',
    '--part-3': '#9d92d6',
    '--part-4': '#7cbd85',
    '--part-5': '#d58aa2',
    '--part-6': '#8f9ba2',
  },
})
