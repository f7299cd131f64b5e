//! The clients of Microsoft: Entra ID, Graph and the Bot Connector, with their wire types.
