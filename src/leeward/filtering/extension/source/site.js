// The address of the provider, such as "https://leeward.example". `leeward extension build` writes it in. Empty: whoever
// installs the extension gives it on the page of options.
export const BUILT_FOR = "";
