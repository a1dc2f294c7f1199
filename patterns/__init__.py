"""Rule packs, one TOML file a provider family. Data only: `secretscan.rules` reads them."""
